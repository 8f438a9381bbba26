/** The heading of a view that replaces another one. It takes the focus, because the button that was pressed is gone. */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

interface ViewHeadingProps {
  readonly isShown: boolean;
  readonly children: ComponentChildren;
}

export function ViewHeading({ isShown, children }: ViewHeadingProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  // Together with the view: an effect after it would take the focus from a field that was reached meanwhile.
  useLayoutEffect(() => {
    if (isShown) heading.current?.focus();
  }, [isShown]);
  return (
    <h3 ref={heading} tabIndex={-1}>
      {children}
    </h3>
  );
}
