/** One result: its picture, its key and its outcome. */
import { useEffect, useState } from 'preact/hooks';
import type { Result } from '../api/types';
import { findMedium } from '../format/media';

interface TileProps {
  readonly result: Result;
  /** Width and height of the picture, in pixels. */
  readonly size: number;
  readonly open: (key: string) => void;
}

/** How long a tile is on the screen before its picture is loaded: those that are scrolled past need none. */
const LOAD_AFTER_MS = 80;
const SYMBOLS = { picture: 'Picture', clip: 'Clip', sound: 'Sound', other: 'File' } as const;

export function Tile({ result, size, open }: TileProps) {
  const { key, outcome, code, file, mimeType, sha256 } = result;
  const [isBroken, setBroken] = useState(false);
  const [isDue, setDue] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setDue(true), LOAD_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  const medium = findMedium(mimeType);
  const isPicture = file !== null && medium === 'picture' && !isBroken;
  return (
    <button class="tile" type="button" data-row onClick={() => open(key)}>
      <span class="tile-picture" style={{ height: `${size}px` }}>
        {isPicture ? (
          isDue && <img key={sha256} src={`${file}/thumbnail`} alt="" loading="lazy" onError={() => setBroken(true)} />
        ) : (
          <span class="faint" aria-hidden="true">
            {file === null ? outcome : SYMBOLS[medium]}
          </span>
        )}
      </span>
      <span class="tile-key">{key}</span>
      <span class="tile-outcome">
        <span class={`dot fill-${outcome}`} aria-hidden="true" />
        {code ?? outcome}
      </span>
    </button>
  );
}
