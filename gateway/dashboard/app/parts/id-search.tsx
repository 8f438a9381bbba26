/** Search field for the beginning of an id. */
import { useEffect, useState } from 'preact/hooks';

/** Time without typing until the search begins, in ms. */
const TYPING_MS = 250;

interface IdSearchProps {
  readonly prefix: string;
  readonly onPrefix: (prefix: string) => void;
}

export function IdSearch({ prefix, onPrefix }: IdSearchProps) {
  const [text, setText] = useState(prefix);
  useEffect(() => {
    const typed = text.trim();
    if (typed === prefix) return;
    const timer = setTimeout(() => onPrefix(typed), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, prefix, onPrefix]);
  return (
    <input
      type="search"
      data-search
      aria-label="Search by the beginning of an id"
      placeholder="Id begins with…  ( / )"
      value={text}
      onInput={(event) => setText(event.currentTarget.value)}
    />
  );
}
