/** Where Temporal UI shows the history of a workflow. */
import type { SessionInfo } from '../api/types';

export function toHistoryLink(
  { address, namespace }: NonNullable<SessionInfo['temporalUi']>,
  workflowId: string,
): string {
  return `${address}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}`;
}
