/** Checks the inputs of the operations. Callers may use any language, so nothing is known about an input before. */
import type { AcceptedInputs } from '../input/requests/input-reference';
import { findAgainProblems } from '../input/requests/item-options';
import { requestProblems } from '../input/requests/request-schema';
import { isObject } from '../workflows/domain/base/is-object';
import { findInputProblems } from '../workflows/domain/batch/input-checks';
import {
  CANCEL_CHECKS,
  RUN_BATCH_CHECKS,
  RUN_ITEM_CHECKS,
  STATUS_CHECKS,
} from '../workflows/domain/batch/nexus-checks';
import type { InputProblem } from '../workflows/domain/item/application-failure';
import { DEFAULT_OPERATION, isOperationName } from '../workflows/domain/operations/operations';
import type { CancelInput, RunBatchInput, RunItemInput, StatusInput } from '../workflows/nexus-service';
import { refuseBadRequest } from './refuse';

/** One check per field; the types make the lists complete. */
const CHECKS = {
  runItem: RUN_ITEM_CHECKS satisfies Readonly<Record<keyof RunItemInput, unknown>>,
  runBatch: RUN_BATCH_CHECKS satisfies Readonly<Record<keyof RunBatchInput, unknown>>,
  cancel: CANCEL_CHECKS satisfies Readonly<Record<keyof CancelInput, unknown>>,
  status: STATUS_CHECKS satisfies Readonly<Record<keyof StatusInput, unknown>>,
};

/** What a caller on another machine may name: the files of results, and what is in the store. */
const NAMED_INPUTS: AcceptedInputs = new Set(['web', 'stored', 'item', 'batch']);

/** @throws HandlerError `BAD_REQUEST` with every problem */
export function checkInput(operation: keyof typeof CHECKS, input: unknown): void {
  refuseBadRequest(findInputProblems(CHECKS[operation], input));
}

/** @throws HandlerError `BAD_REQUEST` with every problem, also of the fields of its request */
export function checkItem(input: unknown): asserts input is RunItemInput {
  const given: Readonly<Record<string, unknown>> = isObject(input) ? input : {};
  const problems = [...findSourceProblems(given), ...findRequestProblems(given), ...findAgainProblems(given)];
  refuseBadRequest([...findInputProblems(CHECKS.runItem, input), ...(isObject(input) ? problems : [])]);
}

type Given = Readonly<Record<string, unknown>>;

function findSourceProblems({ request, steps, operation }: Given): readonly InputProblem[] {
  if (request === undefined && steps === undefined) return [{ field: 'request', problem: MISSING }];
  const isBoth = steps !== undefined && (request !== undefined || operation !== undefined);
  return isBoth ? [{ field: 'steps', problem: 'exclude request and operation' }] : [];
}

const MISSING = 'is missing; must be an object, for example { "request": { "prompt": "…" } }';

/** The fields of a request are known only with its operation. */
function findRequestProblems({ operation = DEFAULT_OPERATION, request }: Given): readonly InputProblem[] {
  if (!isObject(request) || typeof operation !== 'string' || !isOperationName(operation)) return [];
  return requestProblems(operation, request, NAMED_INPUTS).map(({ field, problem }) => ({
    field: `request.${field}`,
    problem,
  }));
}
