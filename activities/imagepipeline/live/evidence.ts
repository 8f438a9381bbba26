/** What a live check has seen of the API: statuses, names and types, never a key, a prompt, an address or a text. */
import { isObject } from '../../../workflows/domain/base/is-object';
import type { OperationName } from '../../../workflows/domain/operations/operations';

/** An answer of the API; `null` fields are absent. */
interface Answer {
  readonly status: number;
  readonly contentType: string | null;
  readonly retryAfter: string | null;
  /** `name: type` of each field of a JSON object, in the order of the answer; empty for anything else. */
  readonly shape: readonly string[];
}

/** `problem`: no answer arrived. */
export type Exchange = Answer | { readonly problem: string };

/** An answer together with the verdict that a worker reaches about it. */
export interface JudgedExchange {
  readonly exchange: Exchange;
  /** The code or the kind of the verdict. */
  readonly verdict: string;
}

/** How a job ended. `unfinished`: it was not seen to end. */
export type JobEnd = 'completed' | 'failed' | 'unfinished';

export interface AddressFacts {
  readonly isHttps: boolean;
  readonly isPrivateHost: boolean;
  /** Expiry that the address names, in ms from the read that returned it; `null` if it names none. */
  readonly expiresInMs: number | null;
  /** Whether a second read returned another address. */
  readonly isRenewed: boolean;
}

export interface DownloadFacts {
  /** Whether two downloads returned the same bytes. */
  readonly isSame: boolean;
  readonly declaredType: string | null;
  /** What the bytes are; `null` if they could not be verified. */
  readonly mimeType: string | null;
  readonly problem: string | null;
  /** Whether the bytes contain a C2PA manifest. */
  readonly hasProvenance: boolean;
}

/** What happened to the address after the expiry that it names. */
export interface ExpiryFacts {
  readonly statusAfter: number | null;
  /** Status of a download from the address that a new read returned. */
  readonly statusOfNew: number | null;
}

export interface CallbackFacts {
  readonly deliveries: number;
  /** From the read that saw the end, in ms; negative if the callback came first. */
  readonly afterEndMs: number;
  readonly contentType: string | null;
  readonly shape: readonly string[];
  readonly namesJob: boolean;
}

export interface JobFacts {
  readonly operation: OperationName;
  readonly submit: JudgedExchange;
  readonly jobId: string | null;
  /** States in the order in which they were first seen. */
  readonly states: readonly string[];
  readonly hasProgress: boolean;
  readonly reads: number;
  /** From acceptance to the read that saw the end, in ms. */
  readonly tookMs: number;
  readonly end: JobEnd;
  /** Failure code of a failed job. */
  readonly code: string | null;
  /** The last status answer. */
  readonly status: Exchange | null;
  readonly hasCharge: boolean;
  readonly address: AddressFacts | null;
  readonly download: DownloadFacts | null;
  readonly expiry: ExpiryFacts | null;
  /** `null` if no callback was requested. */
  readonly callback: CallbackFacts | 'none' | null;
}

/** Everything that a live check has seen. */
export interface Evidence {
  /** Whether the API runs on this machine; its results may then come from here, without TLS. */
  readonly isLocal: boolean;
  readonly health: Exchange;
  readonly eventSchema: Exchange;
  /** Account routes by path. */
  readonly accountRoutes: Readonly<Record<string, Exchange>>;
  readonly invalidKey: JudgedExchange;
  readonly unknownJob: JudgedExchange;
  /** `null`: the submissions allowed did not suffice, because the API might accept it. */
  readonly invalidRequest: JudgedExchange | null;
  readonly jobs: readonly JobFacts[];
  /** Operations that were not tried, and why. */
  readonly untried: Readonly<Record<string, string>>;
  /** Accepted submissions, and those without an answer. */
  readonly submissions: number;
}

/** `name: type` of each field of a JSON object. Values are never shown. */
export function describeShape(body: unknown): readonly string[] {
  if (!isObject(body)) return [];
  return Object.entries(body)
    .slice(0, MAX_FIELDS)
    .map(([name, value]) => `${name.slice(0, MAX_NAME)}: ${describeType(value)}`);
}

const MAX_FIELDS = 60;
/** In characters. */
const MAX_NAME = 60;

function describeType(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'list' : typeof value;
}
