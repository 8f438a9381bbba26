/** Formats an account's status as lines of text. */
import type { AccountHold, AccountStatus } from '../../workflows/domain/account/account-status';
import { describeHours } from '../../workflows/domain/account/hours';
import { formatCount } from '../../workflows/domain/base/format-count';
import { describeBalance } from '../../workflows/domain/money/balance';
import { describeDay } from '../../workflows/domain/money/day-status';
import { formatLocalTime, formatLocalTimeOfDay } from '../terminal/local-time';

const DECISIONS_SHOWN = 8;
const HOLDERS_SHOWN = 12;

export function formatAccount(status: AccountStatus): readonly string[] {
  const { account, limit, inFlight, ratePerSecond, holds, day, holders, decisions } = status;
  const rate = ratePerSecond === null ? 'no rate limit met' : `at most ${ratePerSecond.toFixed(1)} submissions/s`;
  const head = `account ${account}: ${inFlight} in flight, limit ${limit} · ${rate}`;
  const shares = holders
    .slice(0, HOLDERS_SHOWN)
    .map(
      ({ id, weight, permits, inFlight: own, wants }) =>
        `  ${id}  weight ${weight} · ${formatCount(permits, 'permit')} · ${own} in flight · could use ${wants}`,
    );
  const more = holders.length > HOLDERS_SHOWN ? [`  … and ${holders.length - HOLDERS_SHOWN} more`] : [];
  const decisionLines = decisions
    .slice(-DECISIONS_SHOWN)
    .map(({ at, words }) => `  ${formatLocalTimeOfDay(new Date(at))}  ${words}`);
  return [
    head,
    describeDay(day),
    ...formatBalance(status),
    ...(status.hours === null ? [] : [`spends only ${describeHours(status.hours)}`]),
    ...holds.flatMap(formatHolds),
    ...(shares.length === 0 ? ['  no holders of permits'] : ['holders', ...shares, ...more]),
    ...(decisionLines.length === 0 ? [] : ['decisions', ...decisionLines]),
  ];
}

function formatBalance({ balance, holdBelow }: AccountStatus): readonly string[] {
  const least = describeBalance(holdBelow);
  const bound = least === '' ? '' : ` · held below ${least}`;
  if (balance === null) return least === '' ? [] : [`balance not known yet${bound}`];
  return [`balance ${describeBalance(balance)}, ${formatAge(Date.now() - Date.parse(balance.at))} ago${bound}`];
}

function formatAge(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 2) return `${Math.max(0, Math.round(ms / 1_000))} s`;
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

function formatHolds({ operation, code, since, until, cause, remedy, ...probes }: AccountHold): readonly string[] {
  const end = until === null ? '' : `, until ${formatLocalTime(new Date(until))}`;
  const scope = operation === null ? '' : ` for ${operation}`;
  const details = [cause ?? '', remedy, formatProbe(probes)].filter((line) => line !== '');
  return [
    `HELD since ${formatLocalTime(new Date(since))}${end}: ${code}${scope}`,
    ...details.map((line) => `  ${line}`),
  ];
}

function formatProbe({ probing, nextProbeAt }: Pick<AccountHold, 'probing' | 'nextProbeAt'>): string {
  if (probing) return 'a probe is in progress';
  return nextProbeAt === null ? '' : `next probe at ${formatLocalTimeOfDay(new Date(nextProbeAt))}`;
}
