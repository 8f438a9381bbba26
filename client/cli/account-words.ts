/** An account as lines for people. */
import type { AccountStatus } from '../../workflows/domain/account-status';
import { dayWords } from '../../workflows/domain/day-budget';
import { localTime, localTimeOfDay } from './local-time';

const DECISIONS_SHOWN = 8;
const HOLDERS_SHOWN = 12;

export function accountLines(status: AccountStatus): readonly string[] {
  const { account, limit, inFlight, ratePerSecond, hold, day, holders, decisions } = status;
  const rate =
    ratePerSecond === null ? 'no limit of the rate met' : `at most ${ratePerSecond.toFixed(1)} submissions/s`;
  const head = `account ${account}: ${inFlight} in flight of ${limit} · ${rate}`;
  const held = hold === null ? [] : heldLines(hold);
  const shares = holders
    .slice(0, HOLDERS_SHOWN)
    .map(
      ({ id, weight, permits, inFlight: own, wants }) =>
        `  ${id}  weight ${weight} · ${permits} permits · ${own} in flight · could use ${wants}`,
    );
  const more = holders.length > HOLDERS_SHOWN ? [`  … and ${holders.length - HOLDERS_SHOWN} more`] : [];
  const told = decisions.slice(-DECISIONS_SHOWN).map(({ at, words }) => `  ${localTimeOfDay(new Date(at))}  ${words}`);
  return [
    head,
    dayWords(day),
    ...held,
    ...(shares.length === 0 ? ['  no holders of permits'] : ['holders', ...shares, ...more]),
    ...(told.length === 0 ? [] : ['decisions', ...told]),
  ];
}

function heldLines({ code, since, cause, remedy }: NonNullable<AccountStatus['hold']>): readonly string[] {
  const said = cause === null ? [] : [`  ${cause}`];
  return [`HELD since ${localTime(new Date(since))}: ${code}`, ...said, `  ${remedy}`];
}
