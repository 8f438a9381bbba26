/** Keeps results of earlier items as inputs, named by their content. It is free, and may be repeated. */
import type { ResolvedInput } from '../../workflows/domain/item/activity-contract';
import { parseResultReference } from '../../workflows/domain/operations/result-reference';
import {
  describeSize,
  isInputExtension,
  MAX_INPUT_BYTES,
  toStoredValue,
} from '../../workflows/domain/operations/stored-input';
import type { ActivityDependencies } from '../dependencies';
import { ResultSources } from '../store/input-sources';
import { hashSha256 } from '../store/sha-256';

type Dependencies = Pick<ActivityDependencies, 'store'>;

/** @throws StoreUnavailable */
export async function resolveInputs(
  { store }: Dependencies,
  values: readonly string[],
): Promise<readonly ResolvedInput[]> {
  const results = new ResultSources(store);
  const resolved: ResolvedInput[] = [];
  for (const value of values) resolved.push(await resolve(store, results, value));
  return resolved;
}

async function resolve(
  { inputs }: Dependencies['store'],
  results: ResultSources,
  value: string,
): Promise<ResolvedInput> {
  const reference = parseResultReference(value);
  const refuse = (problem: string) => ({ value, stored: null, problem });
  if (reference === null) return refuse('is not the result of an item');
  const found = await results.read(reference);
  if ('problem' in found) return refuse(found.problem);
  const { name, bytes } = found;
  // A result was verified before it was stored, and its name says what it is.
  const extension = name.slice(name.lastIndexOf('.') + 1);
  const given = `is ${JSON.stringify(value)}, which`;
  if (!isInputExtension(extension)) return refuse(`${given} is a .${extension} file; must be PNG, JPEG, WebP or GIF`);
  if (bytes.length > MAX_INPUT_BYTES) return refuse(`${given} ${describeSize(bytes.length)}`);
  const input = { sha256: hashSha256(bytes), extension };
  await inputs.keep(input, async () => found);
  return { value, stored: toStoredValue(input), problem: null };
}
