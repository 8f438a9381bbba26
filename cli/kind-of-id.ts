/** Finds out whether an id names a batch or a single item: both have the same commands. */
import { WorkflowNotFoundError } from '@temporalio/client';
import type { ImagePipelineClient } from '../client/client';
import { toConnectionError } from '../client/temporal/connection';
import { getOwn } from '../workflows/domain/base/own-value';
import { UsageError } from './usage-error';

export type Kind = 'item' | 'batch';

const KIND_BY_TYPE: Readonly<Record<string, Kind>> = { imagePipelineItem: 'item', imagePipelineBatch: 'batch' };

/** @throws UsageError if it names neither */
export async function findKind({ temporal }: ImagePipelineClient, id: string): Promise<Kind> {
  const kind = getOwn(KIND_BY_TYPE, (await findType(temporal, id)) ?? '');
  if (kind !== undefined) return kind;
  throw new UsageError([
    `there is no batch or item "${id}" in this namespace; check the id and TEMPORAL_NAMESPACE, or see "imagepipeline list"`,
  ]);
}

async function findType(temporal: ImagePipelineClient['temporal'], id: string): Promise<string | null> {
  try {
    return (await temporal.workflow.getHandle(id).describe()).type;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw toConnectionError(temporal, error);
  }
}
