/**
 * The format of pictures between steps. It is not part of a stored request, so a step that gets a later one, or loses
 * it, still has the same request, and its file is used again. Pure.
 */
import { findFieldRule } from '../operations/operations';
import { listStepReferences } from '../operations/step-reference';
import type { RequestFields, RowStep } from './item';

const FORMAT = 'output_format';
const LOSSLESS = 'png';

/** The steps as they are submitted: a picture that a later step uses is asked for without losses, unless its request names a format. */
export function withStepFormats(steps: readonly RowStep[]): readonly RowStep[] {
  const formats = findStepFormats(steps);
  return steps.map((step) => {
    const format = formats.get(step.id);
    return format === undefined ? step : { ...step, request: withFormat(step.request, format) };
  });
}

/** The formats that steps are asked for beside their requests, by id. */
export function findStepFormats(steps: readonly RowStep[]): ReadonlyMap<string, string> {
  const used = new Set(steps.flatMap(({ operation, request }) => listStepReferences(operation, request)).map(toId));
  const asked = steps.filter(({ id, operation, request }) => {
    const rule = findFieldRule(operation, FORMAT);
    const canAsk = rule?.type === 'choice' && rule.choices.includes(LOSSLESS);
    return used.has(id) && canAsk && !Object.hasOwn(request, FORMAT);
  });
  return new Map(asked.map(({ id }) => [id, LOSSLESS]));
}

export function withFormat(request: RequestFields, format: string): RequestFields {
  return { ...request, [FORMAT]: format };
}

function toId({ step }: { readonly step: string }): string {
  return step;
}
