/**
 * Inputs that are files. A client puts each file into the store, named by its content, and the request names that
 * content. Workers upload it before a submission and send the address of the upload.
 */
import { getOwn } from '../base/own-value';
import { getOperationRow, type OperationName } from './operations';

type RequestFields = Readonly<Record<string, unknown>>;

/** MIME types that the provider's upload accepts, by file extension. */
export const INPUT_TYPES = { png: 'image/png', jpg: 'image/jpeg', webp: 'image/webp', gif: 'image/gif' } as const;

export type InputExtension = keyof typeof INPUT_TYPES;

export function isInputExtension(extension: string): extension is InputExtension {
  return Object.hasOwn(INPUT_TYPES, extension);
}

/** Largest file that the provider's upload accepts, in bytes. */
export const MAX_INPUT_BYTES = 20 * 1024 * 1024;

const MB = 1024 * 1024;

/** Describes a file that is too large; phrased to follow its name. Rounded up: what is too large is never shown as the limit. */
export function describeSize(bytes: number, limit: number = MAX_INPUT_BYTES): string {
  return `has ${(Math.ceil((bytes * 10) / MB) / 10).toFixed(1)} MB; must have at most ${limit / MB} MB`;
}

/** A file in the store, by its content. */
export interface StoredInput {
  readonly sha256: string;
  readonly extension: InputExtension;
}

/** A picture in the store that was made of a file with other content. */
export interface ConvertedInput extends StoredInput {
  /** Its size. */
  readonly bytes: number;
}

const SCHEME = 'store:';
const STORED = new RegExp(`^${SCHEME}inputs/([0-9a-f]{64})\\.(${Object.keys(INPUT_TYPES).join('|')})$`);

/** The name below the root of the store. */
export function toStoredName({ sha256, extension }: StoredInput): string {
  return `inputs/${sha256}.${extension}`;
}

/** The value of a field whose input is in the store. */
export function toStoredValue(input: StoredInput): string {
  return `${SCHEME}${toStoredName(input)}`;
}

/** Returns `null` if the value of a field names no file in the store. */
export function parseStoredValue(value: string): StoredInput | null {
  const [, sha256, extension] = STORED.exec(value) ?? [];
  return sha256 === undefined ? null : { sha256, extension: extension as InputExtension };
}

/** An input of a request: one value of a field that takes addresses. */
export interface RequestInput {
  readonly field: string;
  readonly media: 'image' | 'audio';
  readonly value: string;
}

/** Lists the inputs of a request that have the type of an address. */
export function listInputs(operation: OperationName, request: RequestFields): readonly RequestInput[] {
  const inputs: RequestInput[] = [];
  replaceInputs(operation, request, (input) => {
    inputs.push(input);
    return input.value;
  });
  return inputs;
}

/** Returns a copy of a request in which each input has another value. */
export function replaceInputs(
  operation: OperationName,
  request: RequestFields,
  replace: (input: RequestInput) => string,
): RequestFields {
  return mapInputs(operation, request, (value, input) =>
    typeof value === 'string' ? replace({ ...input, value }) : value,
  );
}

/** Returns a copy of a request in which each value of a field that takes addresses is mapped, also those in lists. */
export function mapInputs(
  operation: OperationName,
  request: RequestFields,
  map: (value: unknown, input: Omit<RequestInput, 'value'>) => unknown,
): RequestFields {
  const mapped = new Map(Object.entries(request));
  for (const [field, rule] of Object.entries(getOperationRow(operation).fields)) {
    if (rule.type !== 'url' && rule.type !== 'urls') continue;
    const mapOne = (value: unknown) => map(value, { field, media: rule.media });
    const given = getOwn(request, field);
    if (given !== undefined) mapped.set(field, Array.isArray(given) ? given.map(mapOne) : mapOne(given));
  }
  return Object.fromEntries(mapped);
}

/** Lists the distinct files in the store that a request names. */
export function listStoredInputs(operation: OperationName, request: RequestFields): readonly StoredInput[] {
  const found = new Map<string, StoredInput>();
  for (const { value } of listInputs(operation, request)) {
    const input = parseStoredValue(value);
    if (input !== null) found.set(input.sha256, input);
  }
  return [...found.values()];
}
