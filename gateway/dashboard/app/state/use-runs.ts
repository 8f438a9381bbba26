/** The runs of a batch. */
import type { Batch, BatchRuns } from '../api/types';
import { hasEnded } from '../batch/ended';
import { useApp } from './app-context';
import { useLoaded } from './use-loaded';

/** `null`: not read yet. How its items ended is only counted if it was run again: otherwise the batch says it. */
export function useRuns(batch: Batch): BatchRuns | null {
  const { api } = useApp();
  const path = `/v1/batches/${encodeURIComponent(batch.id)}/runs`;
  const { data } = useLoaded(`${path} ${batch.startedAt} ${hasEnded(batch)}`, async (signal) => {
    const found = await api.get<BatchRuns>(path, signal);
    return found.runs.length < 2 ? found : api.get<BatchRuns>(`${path}?outcomes=true`, signal);
  });
  return data;
}
