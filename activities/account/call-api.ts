/** Calls of the API that are not jobs. Only workers have the key, so callers request them through a workflow. */
import { createHash } from 'node:crypto';
import { activityInfo, cancellationSignal, log } from '@temporalio/activity';
import { z } from 'zod';
import {
  type ApiCall,
  type ApiCallEnd,
  type ApiCallName,
  type ApiCalls,
  SEGMENTS_FOLDER,
} from '../../workflows/domain/account/api-calls';
import { drawFullJitterMs } from '../../workflows/domain/failures/backoff';
import { getFailureRow } from '../../workflows/domain/failures/failures';
import { newCallFailure } from '../../workflows/domain/item/application-failure';
import type { StoredResult } from '../../workflows/domain/item/item';
import type { Profile } from '../../workflows/domain/operations/profiles';
import type { ActivityDependencies } from '../dependencies';
import type { ApiRequest } from '../imagepipeline/api';
import type { CallVerdict } from '../imagepipeline/classify-call';
import { redact } from '../imagepipeline/redact';
import { DownloadFailed, downloadResult } from '../item/download-result';
import { StoreUnavailable } from '../store/result-store';

type Tools = Pick<ActivityDependencies, 'api' | 'store' | 'random'>;
type InputOf<N extends ApiCallName> = ApiCalls[N]['input'];
type AnswerOf<N extends ApiCallName> = ApiCalls[N]['answer'];
type Handlers = { readonly [N in ApiCallName]: (tools: Tools, input: InputOf<N>) => Promise<AnswerOf<N>> };

const PROFILES_PATH = '/profiles/v1';

const profileSchema = z.looseObject({ profile_id: z.string().min(1), name: z.string() });
const profilesSchema = z.looseObject({ profiles: z.array(profileSchema) });
const segmentsSchema = z.looseObject({
  preview_url: z.string().min(1).nullish().catch(null),
  segments: z.array(z.looseObject({ label: z.string(), display: z.string().optional() })),
});

/** The refusal of a call, which another attempt would not change. */
class CallRefused extends Error {
  override readonly name = 'CallRefused';

  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Makes a call. Throws for another attempt where the code allows one; a call that may have been carried out is repeated
 * too, because each is safe to repeat.
 */
export async function callApi(tools: Tools, { call, ...input }: ApiCall): Promise<ApiCallEnd> {
  try {
    const handle = HANDLERS[call] as (tools: Tools, input: unknown) => Promise<unknown>;
    return { kind: 'answered', answer: await handle(tools, input) };
  } catch (error) {
    if (!(error instanceof CallRefused)) throw error;
    return { kind: 'refused', code: error.code, message: error.message };
  }
}

const HANDLERS: Handlers = {
  segment: findSegments,
  listProfiles: (tools) => listProfiles(tools),
  showProfile: async (tools, { profileId }) =>
    exchange(tools, { method: 'GET', path: toPath(profileId) }, profileSchema),
  createProfile,
  changeProfile: async (tools, { profileId, fields }) =>
    exchange(tools, { method: 'PATCH', path: toPath(profileId), body: fields }, profileSchema),
  deleteProfile,
};

function toPath(profileId: string): string {
  return `${PROFILES_PATH}/${encodeURIComponent(profileId)}`;
}

async function listProfiles(tools: Tools): Promise<readonly Profile[]> {
  return (await exchange(tools, { method: 'GET', path: PROFILES_PATH }, profilesSchema)).profiles;
}

/** An earlier attempt may have created the profile: then it has the name and was not there before. */
async function createProfile(tools: Tools, { fields, known = [] }: InputOf<'createProfile'>): Promise<Profile> {
  if (activityInfo().attempt > 1) {
    const profiles = await listProfiles(tools);
    const made = profiles.find(({ profile_id: id, name }) => name === fields.name && !known.includes(id));
    if (made !== undefined) return made;
  }
  return exchange(tools, { method: 'POST', path: PROFILES_PATH, body: fields }, profileSchema);
}

/** An earlier attempt may have deleted it. */
async function deleteProfile(tools: Tools, { profileId }: InputOf<'deleteProfile'>): Promise<null> {
  try {
    await exchange(tools, { method: 'DELETE', path: toPath(profileId) }, z.unknown());
  } catch (error) {
    const isGone = error instanceof CallRefused && error.code === NOT_FOUND;
    if (!isGone || activityInfo().attempt === 1) throw error;
  }
  return null;
}

async function findSegments(tools: Tools, { imageUrl }: InputOf<'segment'>): Promise<AnswerOf<'segment'>> {
  const request = { method: 'POST', path: '/segment/image/v1', body: { image_url: imageUrl } } as const;
  const { segments, preview_url: url } = await exchange(tools, request, segmentsSchema);
  const named = segments.map(({ label, display }) => ({ label, display: display ?? label }));
  return { segments: named, preview: url ? await storePreview(tools, imageUrl, url) : null };
}

/** Stores the preview, which keeps its signed address out of histories. The segments count without it. */
async function storePreview(tools: Tools, imageUrl: string, url: string): Promise<StoredResult | null> {
  const key = createHash('sha256').update(imageUrl).digest('hex').slice(0, 24);
  const signal = cancellationSignal();
  const { workflowExecution, activityId } = activityInfo();
  const tag = createHash('sha256').update(`${workflowExecution?.workflowId}${activityId}`).digest('hex').slice(0, 12);
  try {
    return await downloadResult(tools, { url, place: { folder: SEGMENTS_FOLDER, key }, kind: 'image', tag, signal });
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof DownloadFailed || error instanceof StoreUnavailable)) throw error;
    log.warn('the preview of segments could not be stored', { problem: error.name });
    return null;
  }
}

const NOT_FOUND = 'NOT_FOUND';

/**
 * Makes one exchange and reads its answer.
 *
 * @throws CallRefused, or a failure that Temporal retries
 */
async function exchange<T>({ api, random }: Tools, request: ApiRequest, schema: z.ZodType<T>): Promise<T> {
  if (api.call === undefined) throw new CallRefused('RESPONSE_INVALID', 'the API client of this worker has no calls');
  const verdict = await api.call(request, cancellationSignal());
  if (verdict.kind !== 'answered') return refuse(verdict, random);
  const read = schema.safeParse(verdict.body);
  if (read.success) return read.data;
  throw newCallFailure('RESPONSE_INVALID', 'the answer has another form than documented', undefined);
}

function refuse(verdict: Exclude<CallVerdict, { kind: 'answered' }>, random: Tools['random']): never {
  const message = redact(verdict.message, []);
  if (verdict.kind === 'not-found') throw new CallRefused(NOT_FOUND, message);
  if (verdict.kind === 'unknown') throw newCallFailure('PROVIDER_UNREACHABLE', message, undefined);
  const { retryable, backoff } = getFailureRow(verdict.code);
  if (retryable !== true || backoff === null) throw new CallRefused(verdict.code, message);
  const waitMs = verdict.retryAfterMs ?? drawFullJitterMs(backoff, activityInfo().attempt, random);
  throw newCallFailure(verdict.code, message, waitMs);
}
