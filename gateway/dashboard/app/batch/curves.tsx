/** Rate and jobs in flight since the page was opened. */
import { toCurvePath } from '../format/curve';
import { formatCount, formatRate } from '../format/numbers';
import { measureRate, type Sample } from '../format/progress';

const [WIDTH, HEIGHT] = [600, 90];

export function Curves({ samples }: { readonly samples: readonly Sample[] }) {
  const rates = samples.map((_sample, index) => measureRate(samples, index) ?? 0);
  const inFlight = samples.map((sample) => sample.inFlight);
  return (
    <section class="panel curves" aria-label="Since this page was opened">
      <Curve name="Ended per second" values={rates} format={formatRate} tone="rate" />
      <Curve name="Jobs in flight" values={inFlight} format={formatCount} tone="flight" />
    </section>
  );
}

interface CurveProps {
  readonly name: string;
  readonly values: readonly number[];
  readonly format: (value: number) => string;
  readonly tone: string;
}

function Curve({ name, values, format, tone }: CurveProps) {
  const maximum = Math.max(0, ...values);
  const now = values.at(-1) ?? 0;
  const words = `${format(now)} now, ${format(maximum)} at most`;
  return (
    <figure class="curve">
      <figcaption>
        {name} <b>{format(now)}</b> <span class="faint">most {format(maximum)}</span>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`${name}: ${words}`}>
        <path class={`curve-line ${tone}`} d={toCurvePath(values, WIDTH, HEIGHT - 4, maximum)} />
      </svg>
    </figure>
  );
}
