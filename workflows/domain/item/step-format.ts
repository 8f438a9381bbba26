/**
 * The format of pictures between steps. It is not part of a stored request, so a step that gets a later one, or loses
 * it, still has the same request, and its file is used again. Pure.
 */
import { findFieldRule } from '../operations/operations';
import { listStepReferences } from '../operations/step-reference';
import type { RowStep } from './item';

const FORMAT = 'output_format';
const LOSSLESS = 'png';

/** The steps as they are submitted: a picture that a later step uses is asked for without losses, unless its request names a format. */
export function withStepFormats(steps: readonly RowStep[]): readonly RowStep[] {
  const used = new Set(steps.flatMap(({ operation, request }) => listStepReferences(operation, request)).map(toId));
  return steps.map((step) => {
    const rule = findFieldRule(step.operation, FORMAT);
    const canAsk = rule?.type === 'choice' && rule.choices.includes(LOSSLESS);
    if (!used.has(step.id) || !canAsk || Object.hasOwn(step.request, FORMAT)) return step;
    return { ...step, request: { ...step.request, [FORMAT]: LOSSLESS } };
  });
}

function toId({ step }: { readonly step: string }): string {
  return step;
}
