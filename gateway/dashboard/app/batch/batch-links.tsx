/** Downloads of a batch, and its history at Temporal. */
import { useApp } from '../state/app-context';

export function BatchLinks({ id }: { readonly id: string }) {
  const { temporalUi } = useApp().session;
  const name = encodeURIComponent(id);
  const path = `/v1/batches/${name}`;
  return (
    <nav class="links" aria-label="Downloads and history">
      <a href={`${path}/results`} download={`${id}.jsonl`}>
        Results (JSON Lines)
      </a>
      <a href={`${path}/results?format=csv`} download={`${id}.csv`}>
        Results (CSV)
      </a>
      <a href={`${path}/files.zip`} download={`${id}.zip`}>
        Files (ZIP)
      </a>
      {temporalUi !== null && (
        <a
          href={`${temporalUi.address}/namespaces/${encodeURIComponent(temporalUi.namespace)}/workflows/${name}`}
          target="_blank"
          rel="noreferrer"
        >
          History in Temporal UI
        </a>
      )}
    </nav>
  );
}
