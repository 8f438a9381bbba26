/** Moves through the pages of a list that has cursors. */
interface PagerProps {
  /** Cursors of the pages after the first, up to the current one. */
  readonly cursors: readonly string[];
  /** Cursor of the page after the current one; `null` if there is none. */
  readonly next: string | null;
  readonly onChange: (cursors: readonly string[]) => void;
}

export function Pager({ cursors, next, onChange }: PagerProps) {
  if (cursors.length === 0 && next === null) return null;
  return (
    <nav class="pager" aria-label="Pages of the list">
      <button
        class="button"
        type="button"
        disabled={cursors.length === 0}
        onClick={() => onChange(cursors.slice(0, -1))}
      >
        Newer
      </button>
      <button
        class="button"
        type="button"
        disabled={next === null}
        onClick={() => next !== null && onChange([...cursors, next])}
      >
        Older
      </button>
    </nav>
  );
}
