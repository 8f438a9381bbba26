/** What tests ask for and what they look at afterwards. */
import type { ImagePipelineClient, ItemHandle } from '../../client';
import { ImagePipelineError } from '../../client';
import type { Action } from '../../emulator';
import type { Rig } from './rig';

/** Small and quick to draw. */
export const SMALL = { width: 32, height: 32, output_format: 'png' } as const;

/** Starts an image whose prompt is its own name, so that rules and ledger can tell it apart. */
export function start(client: ImagePipelineClient, id: string, more: object = {}): Promise<ItemHandle> {
  return client.startImage({ id, request: { prompt: formatPrompt(id), ...SMALL }, ...more });
}

export function formatPrompt(id: string): string {
  return `a picture for the test ${id}.`;
}

/** A rule for one image only. */
export function scriptFor({ emulator }: Rig, id: string, then: Action, times?: number): void {
  emulator.script({ match: { promptIncludes: formatPrompt(id) }, ...(times === undefined ? {} : { times }), then });
}

/** The jobs that the provider accepted for one image: what was paid or could be. */
export function findJobs({ emulator }: Rig, id: string) {
  return emulator.ledger().jobs.filter(({ prompt }) => prompt === formatPrompt(id));
}

/** The error with which an image ended; fails the test if it succeeded. */
export async function catchError(handle: ItemHandle): Promise<ImagePipelineError> {
  const error: unknown = await handle.result().catch((reason: unknown) => reason);
  if (error instanceof ImagePipelineError) return error;
  throw error instanceof Error ? error : new Error(`the image ${handle.id} succeeded`);
}
