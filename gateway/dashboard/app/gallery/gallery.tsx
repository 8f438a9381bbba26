/** The results of a batch as tiles. Only those on the screen are drawn. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Batch, Result } from '../api/types';
import { findWindow, rowHeight, shapeGrid, TILE_GAP } from '../format/grid';
import { hasText } from '../format/media';
import { countEnded } from '../format/progress';
import { ErrorNotice, Loading, Notice } from '../parts/notice';
import { type ResultFilter, useResults } from '../state/use-results';
import { useScreen } from '../state/use-screen';
import { GalleryFilter } from './gallery-filter';
import { ItemDialog } from './item-dialog';
import { Tile } from './tile';

/** Part of the results below the screen at which more are read, and their number at most: a reader who scrolls does not wait. */
const AHEAD_SHARE = 0.3;
const MAX_AHEAD = 1_500;
const ALL: ResultFilter = { outcome: '', code: '', step: '' };

export function Gallery({ batch, onRedriven }: { readonly batch: Batch; readonly onRedriven: () => void }) {
  const [filter, setFilter] = useState(ALL);
  const [text, setText] = useState('');
  const [opened, setOpened] = useState<string | null>(null);
  const { results, error, hasMore, loadMore } = useResults(batch.id, filter, countEnded(batch.counts));
  const shown = (results ?? []).filter((result) => hasText(result, text));
  const open = shown.find(({ key }) => key === opened) ?? null;
  const move = (by: 1 | -1) => {
    const next = shown[shown.findIndex(({ key }) => key === opened) + by];
    if (next !== undefined) setOpened(next.key);
  };
  return (
    <section aria-labelledby="results">
      <div class="page-head">
        <h2 id="results">Results</h2>
        <GalleryFilter batch={batch} filter={filter} onChange={setFilter} text={text} onText={setText} />
      </div>
      {error !== null && <ErrorNotice error={error} />}
      {results === null && error === null && <Loading what="results" />}
      {results !== null && shown.length === 0 && !hasMore && <Notice title="No results" />}
      <Grid results={shown} hasMore={hasMore} loadMore={loadMore} open={setOpened} />
      {open !== null && (
        <ItemDialog
          key={open.key}
          batch={batch}
          result={open}
          move={move}
          onClose={() => setOpened(null)}
          onRedriven={onRedriven}
        />
      )}
    </section>
  );
}

interface GridProps {
  readonly results: readonly Result[];
  readonly hasMore: boolean;
  readonly loadMore: () => void;
  readonly open: (key: string) => void;
}

function Grid({ results, hasMore, loadMore, open }: GridProps) {
  const element = useRef<HTMLUListElement>(null);
  const { width, top, height: screenHeight } = useScreen(element);
  const shape = shapeGrid(results.length, width);
  const { first, end } = findWindow(results.length, shape, top, screenHeight);
  const isNearEnd = hasMore && results.length - end <= Math.min(MAX_AHEAD, AHEAD_SHARE * results.length);
  useEffect(() => {
    if (isNearEnd) loadMore();
  }, [isNearEnd, results.length, loadMore]);
  const { columns, tileWidth, height } = shape;
  return (
    <ul ref={element} class="grid" style={{ height: `${height}px` }} aria-label="Results">
      {results.slice(first, end).map((result, offset) => {
        const index = first + offset;
        const place = {
          width: `${tileWidth}px`,
          left: `${(index % columns) * (tileWidth + TILE_GAP)}px`,
          top: `${Math.floor(index / columns) * rowHeight(tileWidth)}px`,
        };
        return (
          <li key={result.key} style={place}>
            <Tile result={result} size={tileWidth} open={open} />
          </li>
        );
      })}
    </ul>
  );
}
