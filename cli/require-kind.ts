import type { ImagePipelineClient } from '../client/client';
import { findKind, type Kind } from '../client/find-kind';
import { UsageError } from './usage-error';

/** @throws UsageError if the id names neither a batch nor an item */
export async function requireKind({ temporal }: ImagePipelineClient, id: string): Promise<Kind> {
  const kind = await findKind(temporal, id);
  if (kind !== null) return kind;
  throw new UsageError([
    `there is no batch or item "${id}" in this namespace; check the id and TEMPORAL_NAMESPACE, or see "imagepipeline list"`,
  ]);
}
