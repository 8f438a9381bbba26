/** Rate and jobs in flight since the page was opened. */
import { formatCount, formatRate } from '../format/numbers';
import { measureRate, type Sample } from '../format/progress';
import { Curve } from '../parts/curve';

export function Curves({ samples }: { readonly samples: readonly Sample[] }) {
  const rates = samples.map((_sample, index) => measureRate(samples, index) ?? 0);
  const inFlight = samples.map((sample) => sample.inFlight);
  return (
    <section class="panel" aria-label="Since this page was opened">
      <Curve name="Ended per second" values={rates} format={formatRate} tone="rate" />
      <Curve name="Jobs in flight" values={inFlight} format={formatCount} tone="flight" />
    </section>
  );
}
