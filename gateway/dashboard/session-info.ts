/** What the page knows of its session. */
import type { Role } from '../api/access/roles';

/** Where Temporal UI shows workflows. */
export interface TemporalUi {
  readonly address: string;
  readonly namespace: string;
}

export interface SessionInfo {
  readonly role: Role;
  /** Beginning of the ids that the session sees; empty: all. */
  readonly prefix: string;
  /** Value of the header `imagepipeline-csrf` of each write. */
  readonly csrf: string;
  readonly temporalUi: TemporalUi | null;
  /** Maximum size of the body that starts a batch, in bytes. */
  readonly maxUploadBytes: number;
}
