/** What the library throws. */
import { type FailureCode, type FailureScope, getFailureRow } from '../workflows/domain/failures/failures';
import { toRow } from '../workflows/domain/failures/fault';
import { isHoldCode } from '../workflows/domain/failures/hold-codes';
import { describeRemedy } from '../workflows/domain/item/decide-next';
import type { ItemReport, Submission } from '../workflows/domain/item/item';
import type { FieldProblem } from './requests/request-schema';
import { describeKind } from './temporal/workflow-kinds';

/** A code of the table, or one that the provider has added since. */
export type ItemFailureCode = FailureCode | (string & {});

/** An image that was not made. Every code of the failure table arrives as this one type. */
export class ImagePipelineError extends Error {
  override readonly name = 'ImagePipelineError';
  /** The code by which to branch. */
  readonly code: ItemFailureCode;
  /** May the same request be run again with some hope, as it is? */
  readonly retryable: boolean;
  /** `account`: no other image will fare better until somebody acts. */
  readonly scope: FailureScope;
  /** What to do, for a person. */
  readonly remedy: string;
  /** The last job, paid or not; `null` if none was accepted. */
  readonly jobId: string | null;
  /** `unknown`: a submission may have been accepted and charged, and cannot be found. */
  readonly outcome: 'failed' | 'cancelled' | 'unknown';
  readonly submissions: readonly Submission[];
  /** The sentence without the code. */
  readonly detail: string;

  constructor(
    /** The image's id, which is its workflow's id too. */
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
    this.remedy = describeRemedy(code, { id: imageId, jobId: report.jobId, outcome: report.outcome });
    this.jobId = report.jobId;
    this.outcome = report.outcome === 'succeeded' ? 'failed' : report.outcome;
    this.submissions = report.submissions;
    this.detail = report.message ?? '';
  }
}

/** A request that cannot be right; nothing was started. Not an `ImagePipelineError`, since no image was ever begun. */
export class InvalidRequestError extends Error {
  override readonly name: string = 'InvalidRequestError';

  constructor(readonly problems: readonly FieldProblem[]) {
    super(problems.map(({ field, problem }) => `${field} ${problem}`).join('\n'));
  }
}

/** An id that stands for something else already: to hand that out would be worse than an error. */
export class IdTakenError extends InvalidRequestError {
  override readonly name = 'IdTakenError';
  /** What it stands for, for instance `is the id of a batch`. */
  readonly use: string;

  /**
   * @param use what it stands for, for instance `a batch`
   * @param relation of the id to that; default `was used for`
   */
  constructor(id: string, use: string, relation: 'was used for' | 'is the id of' = 'was used for') {
    const problem = `is ${JSON.stringify(id)}, which ${relation} ${use}; nothing was started; use another id`;
    super([{ field: 'id', problem }]);
    this.use = `${relation} ${use}`;
  }
}

const CHECK_ID = 'check the id and TEMPORAL_NAMESPACE';

/** Nobody has started an image with this id, or its history has been deleted; or it is the id of something else. */
export class ItemNotFoundError extends Error {
  override readonly name = 'ItemNotFoundError';

  /** @param foundType type of the workflow that has the id, which is no image; `null`: none has it */
  constructor(
    readonly imageId: string,
    readonly foundType: string | null = null,
  ) {
    super(
      foundType === null
        ? `there is no image "${imageId}" in this namespace; ${CHECK_ID}`
        : `"${imageId}" is the id of ${describeKind(foundType)}, not of a single image`,
    );
  }
}

/**
 * Nobody has started a batch with this id, or its history has been deleted, and its results may still be in the store; or
 * it is the id of something else.
 */
export class BatchNotFoundError extends Error {
  override readonly name = 'BatchNotFoundError';

  /** @param foundType type of the workflow that has the id, which is no batch; `null`: none has it */
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

/** The store has no batch with this id. */
export class ManifestNotFoundError extends Error {
  override readonly name = 'ManifestNotFoundError';

  /** @param address of the store, as people are told it */
  constructor(
    readonly batchId: string,
    address: string,
  ) {
    super(`there is no batch "${batchId}" in the store ${address}; check the id and IMAGEPIPELINE_STORE`);
  }
}

/** A batch that cannot do what it was told now; nothing was changed. */
export class BatchRefusedError extends Error {
  override readonly name = 'BatchRefusedError';

  constructor(
    readonly batchId: string,
    reason: string,
  ) {
    super(`the batch "${batchId}" refused: ${reason}`);
  }
}

export interface WorkerMissingOptions extends ErrorOptions {
  /** `unconfirmed`: a change was sent, and may still be made when a worker starts. Default `none`. */
  readonly change?: 'none' | 'unconfirmed';
}

const WORK_IS_SAFE = 'nothing of it is lost';
const UNCONFIRMED = 'the change is not confirmed, and may still be made when a worker starts';

/** No worker answers for a workflow. Its work waits and is safe. */
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
