/** Downloads of a batch, and its history at Temporal. */
import { toHistoryLink } from '../format/history-link';
import { useApp } from '../state/app-context';

interface BatchLinksProps {
  readonly id: string;
  /** Whether its results and files were deleted. */
  readonly isDeleted: boolean;
}

export function BatchLinks({ id, isDeleted }: BatchLinksProps) {
  const { temporalUi } = useApp().session;
  const name = encodeURIComponent(id);
  const path = `/v1/batches/${name}`;
  return (
    <nav class="links" aria-label="Downloads and history">
      {!isDeleted && (
        <>
          <a href={`${path}/results`} download={`${id}.jsonl`}>
            Results (JSON Lines)
          </a>
          <a href={`${path}/results?format=csv`} download={`${id}.csv`}>
            Results (CSV)
          </a>
          <a href={`${path}/files.zip`} download={`${id}.zip`}>
            Files (ZIP)
          </a>
        </>
      )}
      {temporalUi !== null && (
        <a href={toHistoryLink(temporalUi, id)} target="_blank" rel="noreferrer">
          History in Temporal UI
        </a>
      )}
    </nav>
  );
}
