/** Times in the zone of the reader, with UTC in the tip. */
import { formatAge, formatLocal, formatUtc } from '../format/times';
import { useNow } from '../state/use-now';

export function Time({ iso }: { readonly iso: string }) {
  return (
    <time dateTime={iso} title={formatUtc(iso)}>
      {formatLocal(iso)}
    </time>
  );
}

export function Age({ iso }: { readonly iso: string }) {
  const now = useNow(10_000);
  return (
    <time dateTime={iso} title={`${formatLocal(iso)} · ${formatUtc(iso)}`}>
      {formatAge(iso, now)}
    </time>
  );
}
