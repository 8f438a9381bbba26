/** Validates the inputs of the Nexus service, before anything starts. */
import { flag, type InputChecks, name, optional, required } from './field-checks';
import { BATCH_ROWS_INPUT_CHECKS, ITEM_INPUT_CHECKS } from './input-checks';

const { operation, request, steps, keep, values, account, deadlineMs, jobTimeBudgetMs, waitWhileHeld, notify } =
  ITEM_INPUT_CHECKS;

/** Checks of the operation `runItem`, in addition to the request. */
export const RUN_ITEM_CHECKS = {
  id: required(name),
  operation,
  request,
  steps,
  keep,
  values,
  account,
  deadlineMs,
  jobTimeBudgetMs,
  waitWhileHeld,
  notify,
  again: optional(flag),
  allowUnknown: optional(flag),
} satisfies InputChecks;

const { patienceMs: _internal, ...batchChecks } = BATCH_ROWS_INPUT_CHECKS;

/** Checks of the operation `runBatch`. */
export const RUN_BATCH_CHECKS = { id: required(name), ...batchChecks } satisfies InputChecks;

/** Checks of the operation `cancel`. */
export const CANCEL_CHECKS = { id: required(name), now: optional(flag) } satisfies InputChecks;

/** Checks of the operation `status`. */
export const STATUS_CHECKS = { id: required(name) } satisfies InputChecks;
