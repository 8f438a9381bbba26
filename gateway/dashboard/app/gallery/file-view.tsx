/** A file in full: a picture, or a clip or sound that plays. Any other file is only downloaded. */
import type { Result } from '../api/types';
import { findMedium } from '../format/media';
import { formatCount } from '../format/numbers';

interface FileViewProps {
  readonly file: Result['files'][number];
  /** Of the item, for readers that do not see it. */
  readonly name: string;
}

export function FileView({ file: { role, file, mimeType, width, height, bytes }, name }: FileViewProps) {
  const medium = findMedium(mimeType);
  const size = width === null || height === null ? '' : ` · ${formatCount(width)} × ${formatCount(height)}`;
  return (
    <figure class="file">
      {medium === 'picture' && (
        <img
          src={file}
          alt={`${role} of ${name}`}
          width={width ?? undefined}
          height={height ?? undefined}
          style={fitHeight(width, height)}
        />
      )}
      {/* biome-ignore lint/a11y/useMediaCaption: the provider makes no captions */}
      {medium === 'clip' && <video src={file} controls preload="metadata" />}
      {/* biome-ignore lint/a11y/useMediaCaption: the provider makes no captions */}
      {medium === 'sound' && <audio src={file} controls preload="metadata" />}
      <figcaption>
        <a href={file} download>
          {role}
        </a>
        <span class="faint">
          {' '}
          {mimeType}
          {size} · {formatCount(Math.ceil(bytes / 1024))} kB
        </span>
      </figcaption>
    </figure>
  );
}

/** A tall picture becomes as narrow as the greatest height in `.file img` makes it, so that it fills its box. */
function fitHeight(width: number | null, height: number | null) {
  return width === null || height === null ? undefined : { maxWidth: `min(100%, ${(70 * width) / height}vh)` };
}
