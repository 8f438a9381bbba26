/** A table that may be wider than a small screen: it can be scrolled, also by keyboard. */
import type { ComponentChildren } from 'preact';

interface WideTableProps {
  readonly name: string;
  readonly children: ComponentChildren;
}

export function WideTable({ name, children }: WideTableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: only what has the focus can be scrolled by keyboard
    <section class="wide-table" aria-label={`${name}, scrollable`} tabIndex={0}>
      <table aria-label={name}>{children}</table>
    </section>
  );
}
