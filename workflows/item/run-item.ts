/** The life of an item: its steps, one after the other. Every workflow that runs items calls it. */
import type { Item, ItemReport, ItemStep, StepSource } from '../domain/item/item';
import { type FinishedStep, finishStep, NEW_RECORD, toProgress, toReport } from '../domain/item/item-record';
import { addProgressSteps, addSteps } from '../domain/item/step-report';
import { countItem } from './count-item';
import type { ItemContext } from './item-context';
import { runStep } from './run-step';

/**
 * Runs the steps that are not finished until one does not succeed. Never throws for a provider failure or a cancellation:
 * both are outcomes. Between steps the item has no permit.
 */
export async function runItem(item: Item, context: ItemContext): Promise<ItemReport> {
  const { steps } = item;
  const observe: ItemContext['observe'] = (progress, changed) =>
    context.observe(addProgressSteps(progress, changed, steps), changed);
  let { record = NEW_RECORD } = context;
  for (;;) {
    const step = getStep(steps, record.finished.length);
    const {
      end,
      job,
      record: after,
    } = await runStep(withFiles(step, record.finished), { ...context, observe }, record);
    const isLast = step === steps.at(-1);
    if (end.outcome !== 'succeeded' || job === null || isLast || step.id === undefined) {
      observe(toProgress(after, 'ended', null), after);
      countItem(step.operation, end);
      return addSteps(toReport(after, end, job), after, item);
    }
    record = finishStep(after, step.id, job);
  }
}

function getStep(steps: readonly ItemStep[], index: number): ItemStep {
  const step = steps[index];
  if (step === undefined) throw new Error(`the item has no step ${index + 1}`);
  return step;
}

/** The step with the files of earlier ones, to which its request may refer. */
function withFiles(step: ItemStep, finished: readonly FinishedStep[]): ItemStep {
  const { source } = step;
  if (source.step === undefined || finished.length === 0) return step;
  const files = finished.map(({ id, files: all }) => [
    id,
    all.map(({ role, file, sha256 }) => ({ role, file, sha256 })),
  ]);
  const filled: StepSource = { ...source.step, folder: step.folder, files: Object.fromEntries(files) };
  return { ...step, source: { ...source, step: filled } };
}
