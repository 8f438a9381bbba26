/** Replaces results of earlier items in requests by their contents in the store, before the requests are used. */
import { proxyActivities } from '@temporalio/workflow';
import { formatCount } from '../domain/base/format-count';
import { isObject } from '../domain/base/is-object';
import { withoutMissing } from '../domain/base/without-missing';
import type { ItemActivities, ResolvedInput } from '../domain/item/activity-contract';
import { refuseProblems } from '../domain/item/application-failure';
import type { RequestFields, RowStep } from '../domain/item/item';
import { HEARTBEAT_MS } from '../domain/item/lost-attempt';
import { DEFAULT_OPERATION, isOperationName, type OperationName } from '../domain/operations/operations';
import { listUnresolved } from '../domain/operations/result-reference';
import { replaceInputs } from '../domain/operations/stored-input';

/** Options of an item, or a row. */
interface GivenRequest {
  readonly request: RequestFields;
  readonly operation?: OperationName;
}

/** Options of an item, of one step or of several. */
interface GivenWork {
  readonly request?: RequestFields | undefined;
  readonly operation?: OperationName | undefined;
  readonly steps?: readonly RowStep[] | undefined;
}

interface ResolveTerms {
  /** Task queue of workers that host our activities. Default: that of the workflow. */
  readonly taskQueue?: string;
  /** How messages name the request of an index. Default `request`. */
  readonly nameRequest?: (index: number) => string;
}

/** Timeout of one attempt, in ms: the results that all rows of a small batch name. */
const ATTEMPT_MS = 10 * 60_000;
/** Maximum retry interval, in ms. A longer one would only delay recovery once the store is back. */
const MAX_GAP_MS = 30_000;

/** As `resolveInputs`, for one request. */
export async function resolveInput<R extends GivenRequest>(given: R, terms: ResolveTerms = {}): Promise<R> {
  const [resolved = given] = await resolveInputs([given], terms);
  return resolved;
}

/** As `resolveInputs`, for an item of a request, or of several steps. */
export async function resolveWork<W extends GivenWork>(given: W, terms: ResolveTerms = {}): Promise<W> {
  const { steps, request, operation } = given;
  if (steps === undefined) {
    if (request === undefined) return given;
    return { ...given, ...(await resolveInput({ request, ...withoutMissing({ operation }) }, terms)) };
  }
  // What is no list is refused when it is used.
  if (!Array.isArray(steps)) return given;
  const nameRequest = (index: number) => `steps[${index}].request`;
  return { ...given, steps: await resolveInputs(steps, { ...terms, nameRequest }) };
}

/**
 * Returns the requests in their order. Nothing is scheduled unless one names a result.
 *
 * @throws ApplicationFailure `INPUT_INVALID` with every input that cannot be used
 */
export async function resolveInputs<R extends GivenRequest>(
  given: readonly R[],
  { taskQueue, nameRequest = () => 'request' }: ResolveTerms,
): Promise<readonly R[]> {
  const unresolved = given.flatMap((one, index) =>
    listInputsOf(one).map(({ field, ...input }) => ({ ...input, field: `${nameRequest(index)}.${field}` })),
  );
  const refuse = (findProblem: (value: string) => string | null) =>
    refuseProblems(
      unresolved.flatMap(({ field, value, problem }) => {
        const found = problem ?? findProblem(value);
        return found === null ? [] : [{ field, problem: found }];
      }),
    );
  refuse(() => null);
  if (unresolved.length === 0) return given;
  const resolved = await storeResults([...new Set(unresolved.map(({ value }) => value))], taskQueue);
  refuse((value) => resolved.get(value)?.problem ?? null);
  return given.map((one) => withStored(one, resolved));
}

/** What is no request of a known operation is refused when it is used. */
function listInputsOf({ operation = DEFAULT_OPERATION, request }: GivenRequest): ReturnType<typeof listUnresolved> {
  return isOperationName(operation) && isObject(request) ? listUnresolved(operation, request) : [];
}

function withStored<R extends GivenRequest>(given: R, resolved: ReadonlyMap<string, ResolvedInput>): R {
  if (listInputsOf(given).length === 0) return given;
  const { operation = DEFAULT_OPERATION, request } = given;
  return { ...given, request: replaceInputs(operation, request, ({ value }) => resolved.get(value)?.stored ?? value) };
}

async function storeResults(
  values: readonly string[],
  taskQueue: string | undefined,
): Promise<ReadonlyMap<string, ResolvedInput>> {
  const { resolveInputs: resolve } = proxyActivities<Pick<ItemActivities, 'resolveInputs'>>({
    startToCloseTimeout: ATTEMPT_MS,
    heartbeatTimeout: HEARTBEAT_MS,
    retry: { maximumInterval: MAX_GAP_MS },
    summary: `${formatCount(values.length, 'result')} as inputs`,
    ...(taskQueue === undefined ? {} : { taskQueue }),
  });
  return new Map((await resolve(values)).map((one) => [one.value, one]));
}
