/** Markdown for the governor's current details. Contains ids, counts and codes, never a prompt or a URL. */
import { toSentence } from '../base/cause';
import { describeBalance } from '../money/balance';
import { describeDay } from '../money/day-status';
import type { AccountStatus } from './account-status';
import { describeHours } from './hours';

/** Maximum holders listed. */
const HOLDERS_SHOWN = 30;

export function describeAccount(status: AccountStatus): string {
  const { limit, inFlight, ratePerSecond, hold, holds, balance, day, hours, holders, decisions } = status;
  const left = balance === null ? '' : `balance ${describeBalance(balance)}, reported ${balance.at}`;
  const open = hours === null ? '' : `spends only ${describeHours(hours)}`;
  const rate = ratePerSecond === null ? '' : ` · at most ${ratePerSecond.toFixed(1)} submissions/s`;
  const head = `**${hold === null ? 'open' : `held: ${hold.code}`}** · ${inFlight} in flight, limit ${limit}${rate}`;
  const why = hold === null ? [] : [`_since ${hold.since}. ${toSentence(hold.cause ?? '')}${hold.remedy}_`];
  const operations = holds.flatMap(({ operation, code, since, cause, remedy }) =>
    operation === null
      ? []
      : [`**${operation} held: ${code}** · _since ${since}. ${toSentence(cause ?? '')}${remedy}_`],
  );
  const rows = holders
    .slice(0, HOLDERS_SHOWN)
    .map(
      ({ id, weight, permits, inFlight: own, wants }) => `| \`${id}\` | ${weight} | ${permits} | ${own} | ${wants} |`,
    );
  const more = holders.length > HOLDERS_SHOWN ? [`… and ${holders.length - HOLDERS_SHOWN} more`] : [];
  const table = [
    '| holder | weight | permits | in flight | wants |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    ...more,
  ];
  const decisionLines = [...decisions].reverse().map(({ at, words }) => `- ${at} ${words}`);
  return [head, ...why, ...operations, left, open, describeDay(day), table.join('\n'), decisionLines.join('\n')]
    .filter((part) => part !== '')
    .join('\n\n');
}
