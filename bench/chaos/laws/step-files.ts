import type { ItemResultRow } from '../../../workflows/domain/item/item';
import type { Evidence } from '../evidence';
import type { PlannedRecipe } from '../plan-recipe';
import { listMade, type MadeStep } from '../recipe-steps';
import { findContent } from '../upload-address';

/** Law 25: the files of a step were made of the files that its item reports for the earlier steps, and of no others. */
export function stepFiles({ plan, ledger, lines }: Evidence): readonly string[] {
  const { recipe } = plan;
  if (recipe === null) return [];
  const sent = new Map(ledger.jobs.map(({ jobId, inputs }) => [jobId, inputs.map(findContent).join()]));
  return lines.flatMap((line) => listMade(line).flatMap((made) => madeOfOthers(line, made, recipe, sent)));
}

function madeOfOthers(
  line: ItemResultRow,
  { step, jobId }: MadeStep,
  recipe: PlannedRecipe,
  sent: ReadonlyMap<string, string>,
): readonly string[] {
  const { uses = [] } = recipe.steps.find(({ id }) => id === step) ?? {};
  const inputs = sent.get(jobId ?? '');
  if (uses.length === 0) return [];
  const made = listMade(line);
  const files = uses.map((id) => made.find((one) => one.step === id)?.files[0]?.sha256 ?? 'no file').join();
  return inputs === files ? [] : [`${line.key}: ${step} was made of ${inputs ?? 'nothing'}, and reports ${files}`];
}
