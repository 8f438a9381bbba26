/** Keys of a page. They do nothing while a user types or a dialog is open. */
import { useEffect, useRef } from 'preact/hooks';

const FIELDS = 'input, textarea, select';

export type Keys = Readonly<Record<string, () => void>>;

export function useKeys(keys: Keys): void {
  const current = useRef(keys);
  current.current = keys;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return;
      if (document.querySelector('dialog[open]') !== null) return;
      const field = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>(FIELDS) : null;
      if (field !== null) {
        // The next Escape leaves the page.
        if (event.key === 'Escape') field.blur();
        return;
      }
      const act = new Map(Object.entries(current.current)).get(event.key);
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}

/** Moves the focus among the rows of a list, which have the attribute `data-row`. */
export function moveFocus(by: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
  const focused = document.activeElement;
  const index = focused instanceof HTMLElement ? rows.indexOf(focused) : -1;
  const next = index === -1 ? (by === 1 ? 0 : rows.length - 1) : index + by;
  rows[Math.min(rows.length - 1, Math.max(0, next))]?.focus();
}

export function focusSearch(): void {
  document.querySelector<HTMLInputElement>('[data-search]')?.focus();
}
