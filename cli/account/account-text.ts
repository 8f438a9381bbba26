/** An account as lines for people. */
import type { AccountHold, AccountStatus } from '../../workflows/domain/account/account-status';
import { formatCount } from '../../workflows/domain/base/format-count';
import { dayWords } from '../../workflows/domain/money/day-budget';
import { localTime, localTimeOfDay } from '../terminal/local-time';

const DECISIONS_SHOWN = 8;
const HOLDERS_SHOWN = 12;

export function accountLines(status: AccountStatus): readonly string[] {
  const { account, limit, inFlight, ratePerSecond, holds, day, holders, decisions } = status;
  const rate =
    ratePerSecond === null ? 'no limit of the rate met' : `at most ${ratePerSecond.toFixed(1)} submissions/s`;
  const head = `account ${account}: ${inFlight} in flight, limit ${limit} · ${rate}`;
  const shares = holders
    .slice(0, HOLDERS_SHOWN)
    .map(
      ({ id, weight, permits, inFlight: own, wants }) =>
        `  ${id}  weight ${weight} · ${formatCount(permits, 'permit')} · ${own} in flight · could use ${wants}`,
    );
  const more = holders.length > HOLDERS_SHOWN ? [`  … and ${holders.length - HOLDERS_SHOWN} more`] : [];
  const told = decisions.slice(-DECISIONS_SHOWN).map(({ at, words }) => `  ${localTimeOfDay(new Date(at))}  ${words}`);
  return [
    head,
    dayWords(day),
    ...holds.flatMap(heldLines),
    ...(shares.length === 0 ? ['  no holders of permits'] : ['holders', ...shares, ...more]),
    ...(told.length === 0 ? [] : ['decisions', ...told]),
  ];
}

function heldLines({ operation, code, since, until, cause, remedy, ...probes }: AccountHold): readonly string[] {
  const end = until === null ? '' : `, until ${localTime(new Date(until))}`;
  const scope = operation === null ? '' : ` for ${operation}`;
  const details = [cause ?? '', remedy, probeWords(probes)].filter((line) => line !== '');
  return [`HELD since ${localTime(new Date(since))}${end}: ${code}${scope}`, ...details.map((line) => `  ${line}`)];
}

function probeWords({ probing, nextProbeAt }: Pick<AccountHold, 'probing' | 'nextProbeAt'>): string {
  if (probing) return 'a probe is under way';
  return nextProbeAt === null ? '' : `next probe at ${localTimeOfDay(new Date(nextProbeAt))}`;
}
