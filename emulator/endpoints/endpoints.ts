import { generateImage } from './generate-image';
import type { ParsedRequest } from './image-request';

/** A compute endpoint: `POST <path>` creates a job, `GET <path>/status/<job_id>` reads it. */
export interface Endpoint {
  readonly path: string;
  readonly operation: string;
  /** Credits per completed job. */
  readonly price: number;
  parse(body: Readonly<Record<string, unknown>>): ParsedRequest;
}

/** The emulated endpoints; one row per endpoint. */
export const ENDPOINTS: readonly Endpoint[] = [
  { path: '/generate/image/v1', operation: 'generate/image', price: 1, parse: generateImage },
];
