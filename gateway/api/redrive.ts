/** Reruns the items of an ended batch that did not succeed. */
import { findBatch } from '../../client/batches/find-manifest';
import { findRedriveProblems, redriveBatch, redriveWithRows } from '../../client/batches/redrive-batch';
import { BatchRefusedError, InvalidRequestError } from '../../connection/errors';
import { changeRows, type GivenChange } from '../../input/changed-rows';
import type { FieldProblem } from '../../input/requests/request-schema';
import { isObject } from '../../workflows/domain/base/is-object';
import type { ApiToken } from './access/api-token';
import { needs, tokenOf } from './access/guard-access';
import { redriveSchema } from './answers';
import { toRowOptions } from './batch-json';
import {
  byRequestNames,
  changesSchema,
  findRedriveBodyProblems,
  idParams,
  parseRedriveTerms,
  type RedriveBody,
  redriveBody,
} from './requests';
import { describeAccepted } from './responses';
import { type ApiRoutes, type ApiTools, batchContext, endedTerms, newInputs, toFinder } from './tools';
import { checkBySchema, leaveBody } from './validate';

export const redriveRoutes: ApiRoutes = async (app, { tools }) => {
  app.post(
    '/v1/batches/:id/redrive',
    {
      // The body may name every key of the batch.
      bodyLimit: tools.settings.maxBatchBytes,
      // The handler finds the problems of changes together with those of the schema.
      validatorCompiler: leaveBody,
      ...needs('start', 'batches'),
      schema: {
        operationId: 'redriveBatch',
        summary: 'Rerun the items of an ended batch that did not succeed; results merge into the same batch',
        params: idParams,
        body: redriveBody.nullish(),
        response: describeAccepted('The items that are rerun.', redriveSchema),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const redriven = await redrive(tools, tokenOf(request), id, request.body ?? {});
      return reply.code(202).header('location', `/v1/batches/${id}`).send(redriven);
    },
  );
};

async function redrive(tools: ApiTools, token: ApiToken, id: string, given: unknown) {
  const { data, problems } = checkBySchema(redriveBody, given, findRedriveBodyProblems);
  const changes = changesSchema.safeParse(isObject(given) ? given['changes'] : undefined);
  if (changes.data !== undefined) return redriveChanged(tools, token, id, { changes: changes.data, data, problems });
  if (data === undefined) throw new InvalidRequestError(problems);
  const warnings: string[] = [];
  const terms = { ...parseRedriveTerms(data), ...endedTerms(tools, warnings) };
  try {
    const options = { ...terms, ...toRowOptions(data) };
    return toAnswer(await redriveWithRows(batchContext(tools, token), tools.client.batch(id), options), warnings);
  } catch (error) {
    throw byRequestNames(error);
  }
}

interface GivenRedrive {
  readonly changes: readonly GivenChange[];
  /** `undefined`: the body has problems. */
  readonly data: RedriveBody | undefined;
  readonly problems: readonly FieldProblem[];
}

const TOO_LATE = 'another process has just rerun it; nothing was started';

async function redriveChanged(tools: ApiTools, token: ApiToken, id: string, { changes, data, problems }: GivenRedrive) {
  const { store, rows: index } = tools;
  const manifest = await findBatch(toFinder(tools), id);
  const inputs = newInputs(tools, token, new Map());
  try {
    // Requests stay readable while the batch runs; whether it has ended is checked when it is rerun.
    const find = async (key: string) => (await index.find(manifest, key, async () => 'running'))?.row ?? null;
    const { rows, problems: wrong } = await changeRows(changes, find, inputs);
    const terms = data === undefined ? null : parseRedriveTerms(data);
    const wrongTerms = terms === null ? [] : findRedriveProblems(terms, manifest.settings);
    if (terms === null || wrong.length > 0 || wrongTerms.length > 0)
      throw new InvalidRequestError([...problems, ...wrongTerms, ...wrong]);
    const warnings: string[] = [];
    // The changes are of the rows as they were read.
    const confirm = async () => {
      const now = await store.batches.readManifest(id);
      if (now?.redrives.length !== manifest.redrives.length) throw new BatchRefusedError(id, TOO_LATE);
    };
    const all = { ...terms, ...endedTerms(tools, warnings), confirm };
    const edited = { rows, inputs };
    return toAnswer(await redriveBatch(batchContext(tools, token), tools.client.batch(id), all, edited), warnings);
  } catch (error) {
    throw byRequestNames(error);
  } finally {
    await inputs.close();
  }
}

function toAnswer(redriven: Awaited<ReturnType<typeof redriveBatch>>, warnings: readonly string[]) {
  if (redriven === null) throw new Error('a redrive without an abort signal was aborted');
  return { ...redriven, warnings };
}
