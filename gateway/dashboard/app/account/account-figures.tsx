/** Limit, jobs in flight and spending of the account, and their course since the page was opened. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Account } from '../api/types';
import { formatCount, formatRate, formatSpend } from '../format/numbers';
import { Curve } from '../parts/curve';

const MAX_SAMPLES = 600;

export function AccountFigures({ account }: { readonly account: Account }) {
  const { inFlight, limit, ratePerSecond, waiting, day, balance } = account;
  const { spent, allowed } = day;
  const samples = useSamples(account);
  return (
    <div class="columns">
      <section class="panel" aria-label="Figures">
        <dl class="facts">
          <Fact name="In flight" of={formatCount(Math.floor(limit))}>
            {formatCount(inFlight)}
          </Fact>
          <Fact name="Submissions per second">
            {ratePerSecond === null ? 'no limit known' : formatRate(ratePerSecond)}
          </Fact>
          <Fact name="Single items that wait">{formatCount(waiting)}</Fact>
          <Fact name="Submitted today (UTC)" of={formatBound(allowed?.submissions)}>
            {formatCount(spent.submissions)}
          </Fact>
          {spent.cost > 0 && (
            <Fact name="Cost of today (UTC)" of={formatBound(allowed?.cost)}>
              {formatCount(spent.cost)}
            </Fact>
          )}
          {balance !== null && <Fact name="Balance">{formatSpend(balance)}</Fact>}
        </dl>
      </section>
      <section class="panel" aria-label="Since this page was opened">
        <Curve name="In flight" values={samples.map((one) => one.inFlight)} format={formatCount} tone="flight" />
        <Curve name="Limit" values={samples.map((one) => one.limit)} format={formatCount} tone="rate" />
      </section>
    </div>
  );
}

function useSamples(account: Account): readonly Pick<Account, 'inFlight' | 'limit'>[] {
  const [samples, setSamples] = useState<readonly Pick<Account, 'inFlight' | 'limit'>[]>([]);
  useEffect(() => {
    setSamples((before) => [...before.slice(1 - MAX_SAMPLES), account]);
  }, [account]);
  return samples;
}

function formatBound(bound: number | null | undefined): string {
  return bound === null || bound === undefined ? '' : formatCount(bound);
}

interface FactProps {
  readonly name: string;
  /** The bound of the figure; empty: it has none. */
  readonly of?: string;
  readonly children: ComponentChildren;
}

function Fact({ name, of = '', children }: FactProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {children}
        {of !== '' && <span class="faint"> of {of}</span>}
      </dd>
    </div>
  );
}
