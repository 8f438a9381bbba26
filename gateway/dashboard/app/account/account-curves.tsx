/** Limit, jobs in flight and refusals of the account over time. */
import { type AccountSample, countNewRefusals } from '../format/account-samples';
import { formatCount } from '../format/numbers';
import { Curve } from '../parts/curve';
import { Time } from '../parts/time';

export function AccountCurves({ samples }: { readonly samples: readonly AccountSample[] }) {
  const [first] = samples;
  const limits = samples.map(({ limit }) => limit);
  const inFlight = samples.map((one) => one.inFlight);
  // On one scale, it shows whether the limit is used.
  const top = Math.max(0, ...limits, ...inFlight);
  return (
    <section class="panel" aria-label="Over time">
      <Curve name="Limit" values={limits} format={formatCount} tone="rate" top={top} />
      <Curve name="In flight" values={inFlight} format={formatCount} tone="flight" top={top} />
      <Curve name="Refused every two seconds" values={countNewRefusals(samples)} format={formatCount} tone="refusals" />
      {first !== undefined && (
        <p class="hint">
          Since <Time iso={first.at} />
        </p>
      )}
    </section>
  );
}
