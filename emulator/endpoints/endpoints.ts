import { generateImage } from './generate-image';
import type { ParsedRequest } from './image-request';

/** A compute endpoint: `POST <path>` makes a job, `GET <path>/status/<job_id>` shows it. */
export interface Endpoint {
  readonly path: string;
  readonly operation: string;
  /** Credits for a completed job. */
  readonly price: number;
  parse(body: Readonly<Record<string, unknown>>): ParsedRequest;
}

/** The endpoints that are imitated; one row makes one more. */
export const ENDPOINTS: readonly Endpoint[] = [
  { path: '/generate/image/v1', operation: 'generate/image', price: 1, parse: generateImage },
];
