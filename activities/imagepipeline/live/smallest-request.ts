/** The smallest request of an operation: the cheapest job that is still a job. Pure. */
import type { RequestFields } from '../../../workflows/domain/item/item';
import {
  type FieldRule,
  findFieldRule,
  getOperationRow,
  listRequiredFields,
  type OperationName,
} from '../../../workflows/domain/operations/operations';

const TEXT = 'A plain grey circle on a white background.';

/** Fields that make a job smaller, with the smallest value that every model is likely to accept. */
const SMALL: Readonly<Record<string, number>> = {
  width: 256,
  height: 256,
  num_inference_steps: 1,
  duration_seconds: 0.5,
  max_new_tokens: 32,
  scale: 1,
};

/** `needs`: what an operation needs and a live check does not have. */
type SmallestRequest = { readonly request: RequestFields } | { readonly needs: 'an image' | 'an audio file' };

/** @param picture address of a picture; `null` if there is none yet */
export function buildSmallestRequest(operation: OperationName, picture: string | null): SmallestRequest {
  const { fields, main, requiresOneOf = [] } = getOperationRow(operation);
  const names = new Set([main, ...listRequiredFields(operation), ...requiresOneOf.slice(0, 1)]);
  const rules = [...names].map((name) => [name, findFieldRule(operation, name)] as const);
  if (rules.some(([, rule]) => isAddress(rule) && rule.media === 'audio')) return { needs: 'an audio file' };
  if (picture === null && rules.some(([, rule]) => isAddress(rule))) return { needs: 'an image' };
  const required = rules.map(([name, rule]) => [name, isAddress(rule) ? picture : TEXT]);
  const small = Object.entries(SMALL).filter(([name]) => Object.hasOwn(fields, name));
  return { request: Object.fromEntries([...required, ...small]) };
}

function isAddress(rule: FieldRule | undefined): rule is FieldRule & { readonly media: 'image' | 'audio' } {
  return rule?.type === 'url' || rule?.type === 'urls';
}
