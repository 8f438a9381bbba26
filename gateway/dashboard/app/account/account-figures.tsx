/** Limit, jobs in flight and spending of the account, now and over time. */
import type { ComponentChildren } from 'preact';
import type { Account } from '../api/types';
import type { AccountSample } from '../format/account-samples';
import { formatCount, formatRate, formatSpend } from '../format/numbers';
import { AccountCurves } from './account-curves';

interface AccountFiguresProps {
  readonly account: Account;
  readonly samples: readonly AccountSample[];
}

export function AccountFigures({ account, samples }: AccountFiguresProps) {
  const { inFlight, limit, refusals, ratePerSecond, waiting, day, balance, holdBelow, hours } = account;
  const { spent, allowed, setAside } = day;
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
          <Fact name="Refused by limits, free">{formatCount(refusals)}</Fact>
          <Fact name="Single items that wait">{formatCount(waiting)}</Fact>
          <Fact name="Submitted today (UTC)" of={formatBound(allowed?.submissions)}>
            {formatCount(spent.submissions)}
          </Fact>
          {setAside.submissions > 0 && <Fact name="Set aside for what runs">{formatCount(setAside.submissions)}</Fact>}
          {(spent.cost > 0 || typeof allowed?.cost === 'number') && (
            <Fact name="Cost of today (UTC)" of={formatBound(allowed?.cost)}>
              {formatCount(spent.cost)}
            </Fact>
          )}
          {balance !== null && <Fact name="Balance">{formatSpend(balance)}</Fact>}
          {(holdBelow.usd !== null || holdBelow.credits !== null) && (
            <Fact name="Held below">{formatSpend(holdBelow)}</Fact>
          )}
          {hours !== null && <Fact name={`Hours, ${hours.timezone}`}>{hours.windows.join(', ')}</Fact>}
        </dl>
      </section>
      <AccountCurves samples={samples} />
    </div>
  );
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
