/** The errors of the library. */

import { adviseName } from '../input/requests/closest-match';
import type { FieldProblem } from '../input/requests/request-schema';
import { visibleName } from '../input/requests/visible-text';
import { type FailureCode, type FailureScope, getFailureRow } from '../workflows/domain/failures/failures';
import { toRow } from '../workflows/domain/failures/fault';
import { isHoldCode } from '../workflows/domain/failures/hold-codes';
import { describeRemedy } from '../workflows/domain/item/describe-remedy';
import type { ItemReport, Outcome, Submission } from '../workflows/domain/item/item';
import { describeKind } from './workflow-kinds';

/** A code of the failure table, or a newer code of the provider. */
export type ItemFailureCode = FailureCode | (string & {});

/** An item that did not succeed. The error for every code of the failure table. */
export class ImagePipelineError extends Error {
  override readonly name = 'ImagePipelineError';
  /** The failure code; branch on it. */
  readonly code: ItemFailureCode;
  /** Whether the same request may succeed if it is run again unchanged. */
  readonly retryable: boolean;
  /** `account`: every item of the account fails until the cause is fixed. */
  readonly scope: FailureScope;
  /** The remedy, as text for people. */
  readonly remedy: string;
  /** The id of the last job, charged or not; `null` if none was accepted. */
  readonly jobId: string | null;
  /** `unknown`: a submission may have been accepted and charged, but cannot be found. */
  readonly outcome: 'failed' | 'cancelled' | 'unknown';
  readonly submissions: readonly Submission[];
  /** The message without the code. */
  readonly detail: string;

  constructor(
    /** The item's id, which is also its workflow's id. */
    readonly imageId: string,
    report: ItemReport,
    options?: ErrorOptions,
  ) {
    const code = report.code ?? 'UNRECOGNISED_CODE';
    super(`${code}: ${report.message ?? 'no message'}`, options);
    const row = getFailureRow(toRow(code));
    this.code = code;
    const isHold = isHoldCode(code);
    this.retryable = !isHold && row.retryable === true;
    this.scope = isHold ? 'account' : row.scope;
    this.remedy = describeRemedy(code, { ...report, id: imageId });
    this.jobId = report.jobId;
    this.outcome = report.outcome === 'succeeded' ? 'failed' : report.outcome;
    this.submissions = report.submissions;
    this.detail = report.message ?? '';
  }
}

/** An invalid request; nothing was started. Not an `ImagePipelineError`, since no item was started. */
export class InvalidRequestError extends Error {
  override readonly name: string = 'InvalidRequestError';

  constructor(readonly problems: readonly FieldProblem[]) {
    super(problems.map(({ field, problem }) => `${visibleName(field)} ${problem}`).join('\n'));
  }
}

/** An id that is already used for something else. */
export class IdTakenError extends InvalidRequestError {
  override readonly name = 'IdTakenError';
  /** The other use, for instance `is the id of a batch`. */
  readonly use: string;

  /**
   * @param use the other use, for instance `a batch`
   * @param relation the relation of the id to it; default `was used for`
   */
  constructor(id: string, use: string, relation: 'was used for' | 'is the id of' = 'was used for') {
    const problem = `is ${JSON.stringify(id)}, which ${relation} ${use}; nothing was started; use another id`;
    super([{ field: 'id', problem }]);
    this.use = `${relation} ${use}`;
  }
}

const CHECK_ID = 'check the id and TEMPORAL_NAMESPACE';

/** There is no item with this id, its history has been deleted, or the id belongs to something else. */
export class ItemNotFoundError extends Error {
  override readonly name = 'ItemNotFoundError';

  /** @param foundType type of the other workflow that has the id; `null` if none has it */
  constructor(
    readonly imageId: string,
    readonly foundType: string | null = null,
  ) {
    super(
      foundType === null
        ? `there is no item "${imageId}" in this namespace; ${CHECK_ID}`
        : `"${imageId}" is the id of ${describeKind(foundType)}, not of a single item`,
    );
  }
}

/**
 * There is no batch with this id; its history has been deleted, while its results may still be in the store; or
 * the id belongs to something else.
 */
export class BatchNotFoundError extends Error {
  override readonly name = 'BatchNotFoundError';

  /** @param foundType type of the other workflow that has the id; `null` if none has it */
  constructor(
    readonly batchId: string,
    readonly foundType: string | null = null,
  ) {
    super(
      foundType === null
        ? `there is no batch "${batchId}" in this namespace; ${CHECK_ID}`
        : `"${batchId}" is the id of ${describeKind(foundType)}, not of a batch`,
    );
  }
}

/** There is no schedule of batches with this id. */
export class ScheduleNotFoundError extends Error {
  override readonly name = 'ScheduleNotFoundError';

  constructor(readonly scheduleId: string) {
    super(`there is no schedule "${scheduleId}" of batches in this namespace; ${CHECK_ID}`);
  }
}

/** The store has no batch with this id. */
export class ManifestNotFoundError extends Error {
  override readonly name = 'ManifestNotFoundError';

  /** @param address address of the store, for messages */
  constructor(
    readonly batchId: string,
    address: string,
    /** What was looked for. */
    kinds: 'batch' | 'batch or item' = 'batch',
  ) {
    super(`there is no ${kinds} "${batchId}" in the store ${address}; check the id and IMAGEPIPELINE_STORE`);
  }
}

/** The batch refused a request in its current state; nothing was changed. */
export class BatchRefusedError extends Error {
  override readonly name = 'BatchRefusedError';

  constructor(
    readonly batchId: string,
    /** Why, and what to do. */
    readonly reason: string,
  ) {
    super(`the batch "${batchId}" cannot do this: ${reason}`);
  }
}

/** An item and its files, for messages. */
interface ItemOfFiles {
  /** For example `item "a" of the batch "b"`. */
  readonly name: string;
  /** `running`: the item has not ended. */
  readonly state: 'running' | Outcome;
  readonly code: string | null;
}

/** An item does not have the file, or does not have it yet. */
export class FileMissingError extends Error {
  override readonly name = 'FileMissingError';
  /** `running`: the item has not ended, and may have the file later. */
  readonly state: 'running' | Outcome;

  constructor(
    item: ItemOfFiles,
    readonly role: string,
    /** The roles of the files that the item has. */
    readonly roles: readonly string[],
  ) {
    super(describeMissingFile(item, role, roles));
    this.state = item.state;
  }
}

function describeMissingFile({ name, state, code }: ItemOfFiles, role: string, roles: readonly string[]): string {
  const file = JSON.stringify(role);
  if (state === 'running') {
    const others = roles.length === 0 ? '' : `; its finished steps have ${roles.join(', ')}`;
    return `the ${name} has not ended and has no file ${file} yet${others}; wait for its end`;
  }
  if (roles.length > 0) return `the ${name} has no file ${file}; ${adviseName(role, roles)}`;
  return `the ${name} ended ${state}${code === null ? '' : ` with ${code}`} and has no files`;
}

/** The files of a single item were deleted on request; only the record of it is left, which keeps its id from being used again. */
export class ItemDeletedError extends Error {
  override readonly name = 'ItemDeletedError';

  constructor(
    readonly imageId: string,
    /** ISO 8601. */
    readonly deletedAt: string,
  ) {
    super(
      `the files of the item "${imageId}" were deleted from the store at ${deletedAt}; nothing was started. ` +
        'To make it again, and pay for it again, use another id',
    );
  }
}

/** A single item cannot be deleted in its current state; nothing was changed. */
export class ItemRefusedError extends Error {
  override readonly name = 'ItemRefusedError';

  constructor(
    readonly imageId: string,
    /** Why, and what to do. */
    readonly reason: string,
  ) {
    super(`the item "${imageId}" cannot do this: ${reason}`);
  }
}

/** The workers, or the batch, have another store than this process, so they would not find its files; nothing was started. */
export class OtherStoreError extends Error {
  override readonly name = 'OtherStoreError';
}

interface WorkerMissingOptions extends ErrorOptions {
  /** `unconfirmed`: a change was sent, and may still take effect when a worker starts. Default `none`. */
  readonly change?: 'none' | 'unconfirmed';
}

const WORK_IS_SAFE = 'no work is lost';
const UNCONFIRMED = 'the change is not confirmed, and may still take effect when a worker starts';

/** No worker answers for a workflow. Its work is safe and waits. */
export class WorkerMissingError extends Error {
  override readonly name = 'WorkerMissingError';

  constructor(id: string, { change = 'none', ...options }: WorkerMissingOptions = {}) {
    super(
      `no worker answers for "${id}"; ${change === 'none' ? WORK_IS_SAFE : UNCONFIRMED}: start one with ` +
        '"imagepipeline worker"; if one runs, "imagepipeline doctor" says why not',
      options,
    );
  }
}

/** The API refused a call that is not a job, or could not be reached for some minutes. */
export class ApiCallError extends Error {
  override readonly name = 'ApiCallError';
  /** A code of the failure table, or `NOT_FOUND`. */
  readonly code: string;

  constructor(
    /** Which call, for example `segment`. */
    readonly call: string,
    { code, message }: { readonly code: string; readonly message: string },
  ) {
    super(`${call}: ${code}: ${message}`);
    this.code = code;
  }
}

/** No Temporal server answered. */
export class NoServerError extends Error {
  override readonly name = 'NoServerError';

  constructor(
    readonly address: string,
    cause: unknown,
  ) {
    super(
      `no Temporal server answers at ${address}. Start one with "imagepipeline dev", or set TEMPORAL_ADDRESS to yours.`,
      { cause },
    );
  }
}

/** Settings of the connection to Temporal are invalid, or would have no effect. */
export class TemporalSettingsError extends Error {
  override readonly name = 'TemporalSettingsError';

  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

/** The client was closed during a call. Started work continues. */
export class ClientClosedError extends Error {
  override readonly name = 'ClientClosedError';

  constructor(cause: unknown) {
    super(
      'the client was closed before the answer arrived; started work continues, and another client finds it by its id',
      {
        cause,
      },
    );
  }
}
