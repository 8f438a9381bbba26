/** A curve over time. */
import { toCurvePath } from '../format/curve';

const [WIDTH, HEIGHT] = [600, 90];
/** Space above the highest point, in which its line is whole. */
const MARGIN = 4;

interface CurveProps {
  readonly name: string;
  readonly values: readonly number[];
  readonly format: (value: number) => string;
  readonly tone: 'rate' | 'flight' | 'refusals';
  /** The value of the upper edge, to compare curves. Default: the largest value. */
  readonly top?: number;
}

export function Curve({ name, values, format, tone, top }: CurveProps) {
  const maximum = Math.max(0, ...values);
  const now = values.at(-1) ?? 0;
  const words = `${format(now)} now, ${format(maximum)} at most`;
  return (
    <figure class="curve">
      <figcaption>
        {name} <b>{format(now)}</b> <span class="faint">most {format(maximum)}</span>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`${name}: ${words}`}>
        <path
          class={`curve-line ${tone}`}
          transform={`translate(0 ${MARGIN / 2})`}
          d={toCurvePath(values, WIDTH, HEIGHT - MARGIN, top ?? maximum)}
        />
      </svg>
    </figure>
  );
}
