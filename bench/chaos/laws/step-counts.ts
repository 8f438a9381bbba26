import type { BatchStatus } from '../../../client/batches/batch-status';
import type { ItemResultRow } from '../../../workflows/domain/item/item';
import type { Evidence } from '../evidence';
import type { PlannedRecipe } from '../plan-recipe';
import { findStep } from '../recipe-steps';

/**
 * Law 24: every step that an item has reached has one outcome, the status counts the same, and no job is reported for another
 * step than it was submitted for.
 */
export function stepCounts(evidence: Evidence): readonly string[] {
  const { plan, observed, lines } = evidence;
  if (plan.recipe === null) return [];
  const { recipe } = plan;
  const last = observed.at(-1);
  return [
    ...observed.flatMap((status, look) => wrongFlow(status, recipe, look)),
    ...lines.flatMap((line) => wrongSteps(line, recipe)),
    ...(last?.finishedAt ? wrongSums(last, lines, recipe) : []),
    ...misplacedJobs(evidence),
  ];
}

/** Items leave a step by success alone, and are then at the next one. */
function wrongFlow({ steps, counts }: BatchStatus, recipe: PlannedRecipe, look: number): readonly string[] {
  if (steps === undefined) return [];
  const reached = recipe.steps.map(({ id }) => sum(steps[id] ?? {}));
  const left = recipe.steps.map(({ id }) => steps[id]?.['succeeded'] ?? 0);
  const finished = left.at(-1) ?? 0;
  const strange = Object.keys(steps).filter((id) => !recipe.steps.some((step) => step.id === id));
  return [
    ...strange.map((id) => `look ${look}: counts a step ${id} that the recipe has not`),
    ...((reached[0] ?? 0) > counts.total ? [`look ${look}: ${reached[0]} of ${counts.total} items are at a step`] : []),
    ...reached.slice(1).flatMap((count, index) => {
      const before = left[index] ?? 0;
      const { id = '' } = recipe.steps[index + 1] ?? {};
      return count === before
        ? []
        : [`look ${look}: ${before} items have left the step before ${id}, ${count} are there`];
    }),
    ...(finished === counts.succeeded
      ? []
      : [`look ${look}: ${finished} items have their last step, ${counts.succeeded} succeeded`]),
  ];
}

function wrongSteps({ key, outcome, steps, submissions }: ItemResultRow, recipe: PlannedRecipe): readonly string[] {
  if (steps === undefined) return outcome === 'succeeded' ? [`${key}: succeeded without steps`] : [];
  const ids = steps.map(({ id }) => id);
  const planned = recipe.steps.map(({ id }) => id);
  const open = steps.slice(0, -1).filter((step) => step.outcome !== 'succeeded');
  const end = steps.at(-1)?.outcome;
  const ghosts = submissions.filter(({ step }) => step !== undefined && !planned.includes(step));
  return [
    ...(ids.join() === planned.slice(0, ids.length).join() ? [] : [`${key}: has the steps ${ids.join(', ')}`]),
    ...open.map(({ id }) => `${key}: continued after ${id}, which did not succeed`),
    ...(end === outcome ? [] : [`${key}: is ${outcome}, its last step ${end}`]),
    ...(outcome === 'succeeded' && ids.length < planned.length ? [`${key}: succeeded without its last step`] : []),
    ...ghosts.map(({ step }) => `${key}: has a submission of a step ${step}`),
  ];
}

function wrongSums(
  { steps: counted = {} }: BatchStatus,
  lines: readonly ItemResultRow[],
  recipe: PlannedRecipe,
): readonly string[] {
  return recipe.steps.flatMap(({ id }) => {
    const ended = lines.flatMap(({ steps = [] }) => steps.flatMap((step) => (step.id === id ? [step.outcome] : [])));
    const outcomes = new Set([...Object.keys(counted[id] ?? {}), ...ended]);
    return [...outcomes].flatMap((name) => {
      const [listed, reported] = [ended.filter((outcome) => outcome === name).length, counted[id]?.[name] ?? 0];
      return listed === reported ? [] : [`${id}: ${reported} are counted as ${name}, ${listed} are listed`];
    });
  });
}

function misplacedJobs({ ledger, lines }: Evidence): readonly string[] {
  const steps = new Map(ledger.jobs.map(({ jobId, prompt }) => [jobId, findStep(prompt)]));
  return lines.flatMap(({ key, submissions }) =>
    submissions.flatMap(({ step, jobId }) => {
      const made = steps.get(jobId ?? '') ?? step;
      return step === undefined || made === step ? [] : [`${key}: the job ${jobId} of ${made} is reported for ${step}`];
    }),
  );
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
