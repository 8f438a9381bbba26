/** The ways in which a field that takes an address can name its input. */
import { getOwn } from '../../workflows/domain/base/own-value';
import { type FieldRule, findFieldRule, type OperationName } from '../../workflows/domain/operations/operations';
import { parseResultReference, type ResultReference } from '../../workflows/domain/operations/result-reference';
import { parseStoredValue, type StoredInput } from '../../workflows/domain/operations/stored-input';

export interface BucketReference {
  readonly kind: 's3';
  readonly bucket: string;
  readonly object: string;
}

export type InputReference =
  | { readonly kind: 'web' }
  | { readonly kind: 'stored'; readonly input: StoredInput }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'file-url'; readonly url: string }
  | { readonly kind: 'part'; readonly name: string }
  | BucketReference
  | ResultReference;

/** Ways to name an input. */
export type AcceptedInputs = ReadonlySet<InputReference['kind']>;

/** What the provider reads itself. */
export const WEB_INPUTS: AcceptedInputs = new Set(['web']);
/** What may be started: files are in the store. */
export const STARTABLE_INPUTS: AcceptedInputs = new Set(['web', 'stored']);
/** What callers on other machines may name. */
export const REMOTE_INPUTS: AcceptedInputs = new Set(['web', 'part', 'item', 'batch']);
/** What callers on this machine may name. */
export const LOCAL_INPUTS: AcceptedInputs = new Set(['web', 'stored', 'file', 'file-url', 's3', 'item', 'batch']);

/** Two letters at least: `C:\photo.jpg` is a path. */
const SCHEME = /^([a-z][a-z0-9+.-]+):/i;

const PARSERS: Readonly<Record<string, (value: string) => InputReference | null>> = {
  http: parseWebAddress,
  https: parseWebAddress,
  store: (value) => {
    const input = parseStoredValue(value);
    return input === null ? null : { kind: 'stored', input };
  },
  file: (url) => (URL.canParse(url) ? { kind: 'file-url', url } : null),
  s3: (value) => {
    const [, bucket, object] = /^s3:\/\/([a-z0-9][a-z0-9.-]+)\/(.+)$/i.exec(value) ?? [];
    return bucket === undefined || object === undefined ? null : { kind: 's3', bucket, object };
  },
  part: (value) => {
    const name = value.slice('part:'.length);
    return name === '' ? null : { kind: 'part', name };
  },
  item: parseResultReference,
  batch: parseResultReference,
};

/** Parses the value of a field; `null` if it names nothing. A text without a scheme is a path. */
export function parseInputReference(value: string): InputReference | null {
  if (value.trim() === '') return null;
  const scheme = SCHEME.exec(value.trimStart())?.[1]?.toLowerCase();
  if (scheme === undefined) return { kind: 'file', path: value };
  return getOwn(PARSERS, scheme)?.(value) ?? null;
}

function parseWebAddress(value: string): InputReference | null {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) ? { kind: 'web' } : null;
}

type AddressRule = Extract<FieldRule, { type: 'url' | 'urls' }>;

/** Whether a value of a field may be started or resolved. A sound can only be named by its address. */
export function isAcceptedInput({ media }: AddressRule, value: string, accepted: AcceptedInputs): boolean {
  const kind = parseInputReference(value)?.kind;
  return kind !== undefined && (media === 'image' ? accepted : WEB_INPUTS).has(kind);
}

const WEB = 'an address that begins with https:// or http://';

/** Describes the accepted values of a field. */
export function describeInput({ media }: AddressRule, accepted: AcceptedInputs): string {
  if (media === 'audio') return `${WEB}: the API has no upload for sounds`;
  const others = [
    ...(accepted.has('file') ? ['a file'] : []),
    WEB,
    ...(accepted.has('s3') ? ['s3://bucket/object'] : []),
    ...(accepted.has('part') ? ['part:NAME'] : []),
    ...(accepted.has('item') ? ['item:ID', 'batch:ID/KEY'] : []),
  ];
  return others.length === 1 ? WEB : `${others.slice(0, -1).join(', ')} or ${others.at(-1)}`;
}

/** Whether a field of an operation takes the address of a picture. */
export function takesPicture(operation: OperationName, field: string): boolean {
  const rule = findFieldRule(operation, field);
  return (rule?.type === 'url' || rule?.type === 'urls') && rule.media === 'image';
}
