/** A series of images from one request: the same request and number find the same images again. */
import type { Client } from '@temporalio/client';
import type { FieldProblem } from '../../input/requests/request-schema';
import { DEFAULT_OPERATION } from '../../workflows/domain/operations/operations';
import type { OpenStore } from '../open-store';
import type { ItemHandle } from './item-handle';
import { deriveItemId } from './item-id';
import { type StartImageOptions, startProblems } from './item-options';
import { refuseTakenIds } from './taken-ids';

/** Larger numbers need a batch. */
export const MAX_SERIES_LENGTH = 100;

/** The problem with the length of a series; `null` if it is valid. */
export function findLengthProblem(length: number): string | null {
  const isRight = Number.isInteger(length) && length >= 1 && length <= MAX_SERIES_LENGTH;
  return isRight ? null : `must be from 1 to ${MAX_SERIES_LENGTH}`;
}

/**
 * Builds the series. The first image is the same as without a series. The others have its id with `-2`, `-3` and so on.
 * If the request has a seed, each gets the next seed, since the same seed yields the same image.
 */
export function planSeries(first: StartImageOptions, length: number): readonly StartImageOptions[] {
  const { request } = first;
  const id = toId(first);
  return Array.from({ length }, (_, index) =>
    index === 0 ? first : { ...first, id: `${id}-${index + 1}`, request: withSeed(request, index) },
  );
}

/** The id of its workflow: its own, or a hash of the request. */
function toId({ id, operation = DEFAULT_OPERATION, request }: StartImageOptions): string {
  return id ?? deriveItemId(operation, request);
}

function withSeed(request: StartImageOptions['request'], step: number): StartImageOptions['request'] {
  const { seed } = request;
  return typeof seed === 'number' && seed >= 0 ? { ...request, seed: seed + step } : request;
}

/** Returns the problems that the length of a series causes; none if the first image has problems of its own. */
export function findSeriesProblems(series: readonly StartImageOptions[]): readonly FieldProblem[] {
  const [first] = series;
  // The last has the longest id and the highest seed.
  const last = series.at(-1);
  if (first === undefined || last === undefined || startProblems(first).length > 0) return [];
  return startProblems(last);
}

/** The parts of a client that a series needs. */
interface SeriesContext {
  readonly temporal: Client;
  startImage(options: StartImageOptions): Promise<ItemHandle>;
}

export interface SeriesHooks {
  /** Receives each image when it is started. */
  readonly onStarted: (image: ItemHandle) => void;
  /** Called once if the store cannot be read. Ids are then compared with Temporal only. */
  readonly onUnreadable: (error: unknown) => void;
}

/** The images that could not be started. */
export interface Unstarted {
  readonly ids: readonly string[];
  /** Why the first of them could not be started. */
  readonly error: unknown;
}

export interface StartedSeries {
  readonly images: readonly ItemHandle[];
  /** `null` if all were started. */
  readonly unstarted: Unstarted | null;
}

/**
 * Starts all images before any ends. If an id of several is taken, none is started.
 *
 * @param store for the ids of several images; that of a single one is compared by the worker before anything is paid
 * @throws IdTakenError, InvalidRequestError, NoServerError if the first could not be started
 */
export async function startSeries(
  client: SeriesContext,
  series: readonly StartImageOptions[],
  store: Pick<OpenStore, 'findOtherUse'> | null,
  { onStarted, onUnreadable }: SeriesHooks,
): Promise<StartedSeries> {
  if (series.length > 1 && store !== null) await refuseTakenIds(client.temporal, store, series, onUnreadable);
  const images: ItemHandle[] = [];
  for (const options of series) {
    const started = await client.startImage(options).catch((error: unknown) => ({ error }));
    if ('error' in started) {
      if (images.length === 0) throw started.error;
      return { images, unstarted: { ids: series.slice(images.length).map(toId), error: started.error } };
    }
    images.push(started);
    onStarted(started);
  }
  return { images, unstarted: null };
}
