/** Where an element is on the screen. */
import type { RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';

export interface Screen {
  /** Width of the element, in pixels. */
  readonly width: number;
  /** How far it is scrolled past the upper edge, in pixels. */
  readonly top: number;
  /** Height of the screen, in pixels. */
  readonly height: number;
}

export function useScreen(element: RefObject<HTMLElement | null>): Screen {
  const [screen, setScreen] = useState<Screen>({ width: 0, top: 0, height: innerHeight });
  useEffect(() => {
    let frame = 0;
    const measure = () => {
      frame = 0;
      const box = element.current?.getBoundingClientRect();
      if (box !== undefined) setScreen({ width: box.width, top: -box.top, height: innerHeight });
    };
    const ask = () => {
      if (frame === 0) frame = requestAnimationFrame(measure);
    };
    const observer = new ResizeObserver(ask);
    if (element.current !== null) observer.observe(element.current);
    addEventListener('scroll', ask, { passive: true });
    addEventListener('resize', ask);
    measure();
    return () => {
      cancelAnimationFrame(frame);
      observer.disconnect();
      removeEventListener('scroll', ask);
      removeEventListener('resize', ask);
    };
  }, [element]);
  return screen;
}
