/** Files that are dropped or chosen. */
import { useState } from 'preact/hooks';

interface FileDropProps {
  readonly files: readonly File[];
  readonly onFiles: (files: readonly File[]) => void;
}

/** Maximum names shown. */
const MAX_NAMES = 12;

function listNames(files: readonly File[]): string {
  const names = files.slice(0, MAX_NAMES).map(({ name }) => name);
  return files.length > MAX_NAMES ? `${names.join(', ')} and ${files.length - MAX_NAMES} more` : names.join(', ');
}

export function FileDrop({ files, onFiles }: FileDropProps) {
  const [isOver, setOver] = useState(false);
  const take = (list: FileList | null | undefined) => {
    setOver(false);
    if (list && list.length > 0) onFiles([...list]);
  };
  return (
    <label
      class={isOver ? 'drop over' : 'drop'}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        take(event.dataTransfer?.files);
      }}
    >
      <span>
        <b>Drop files, or choose them</b>
        <span class="hint">
          CSV or JSON Lines with the rows, a recipe, or both; and pictures that rows name as part:NAME. Pictures alone
          are rows of one operation.
        </span>
      </span>
      <input
        class="hidden"
        type="file"
        multiple
        aria-label="Files"
        onChange={({ currentTarget }) => {
          take(currentTarget.files);
          // The same file can be chosen again after it was corrected.
          currentTarget.value = '';
        }}
      />
      <span class="button" aria-hidden="true">
        Choose files
      </span>
      {files.length > 0 && <span class="drop-files">{listNames(files)}</span>}
    </label>
  );
}
