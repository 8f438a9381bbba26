/**
 * The hours of the day in which an account may spend. Time zones are computed outside of the workflow: their rules differ between
 * releases of Node, and a governor must decide the same in every replay. So its state has fixed times. Pure.
 */
import { type HoldNotice, OUTSIDE_HOURS } from '../failures/hold-codes';
import { type AccountState, recordDecision } from './account-state';
import { type AccountHours, describeHours, type OpenHours, type OpenTimes } from './hours';

/** Sets the hours, or none (`null`). */
export function setHours(before: AccountState, hours: (OpenHours & OpenTimes) | null, now: number): AccountState {
  const { hours: earlier, ...without } = before;
  if (hours === null)
    return earlier === undefined ? before : recordDecision(without, 'spends at any time of the day', now);
  const closedAt = earlier?.closedAt ?? null;
  const words = `spends only ${describeHours(hours)}`;
  const isRefresh = earlier !== undefined && describeHours(earlier) === describeHours(hours);
  const state = { ...before, hours: { ...hours, closedAt } };
  return advanceHours(isRefresh ? state : recordDecision(state, words, now), now);
}

/** Opens or closes the account, if it is time. */
export function advanceHours(before: AccountState, now: number): AccountState {
  const state = withoutPastSpans(before, now);
  const { hours } = state;
  if (hours === undefined) return state;
  const isOpen = hours.spans.some(({ from, to }) => from <= now && now < to);
  if (isOpen === (hours.closedAt === null)) return state;
  if (isOpen) return recordDecision({ ...state, hours: { ...hours, closedAt: null } }, 'opened by its hours', now);
  return recordDecision({ ...state, hours: { ...hours, closedAt: now } }, `held: ${OUTSIDE_HOURS}`, now);
}

/** Without workers a whole span may pass; the account does not open in it any more. */
function withoutPastSpans(state: AccountState, now: number): AccountState {
  const { hours } = state;
  if (hours === undefined) return state;
  const spans = hours.spans.filter(({ to }) => to > now);
  return spans.length === hours.spans.length ? state : { ...state, hours: { ...hours, spans } };
}

/** When the account opens or closes next, in ms since the epoch; `null` if never. */
export function nextHoursAt({ hours }: { readonly hours?: AccountHours | undefined }, now: number): number | null {
  if (hours === undefined) return null;
  const { spans, closedAt } = hours;
  if (closedAt !== null) return spans.find(({ from }) => from > closedAt)?.from ?? null;
  return spans.find(({ to }) => to > now)?.to ?? now;
}

/** The notice while the account is closed; `null` while it is open. */
export function findHoursNotice({ hours }: { readonly hours?: AccountHours | undefined }): HoldNotice | null {
  if (hours === undefined || hours.closedAt === null) return null;
  const { closedAt } = hours;
  const opensAt = hours.spans.find(({ from }) => from > closedAt)?.from ?? null;
  const until = opensAt === null ? null : new Date(opensAt).toISOString();
  return {
    code: OUTSIDE_HOURS,
    since: new Date(closedAt).toISOString(),
    until,
    cause: `The account spends only ${describeHours(hours)}${until === null ? '' : `; it opens at ${until}`}`,
    remedy: 'Nothing to do: it opens automatically. To change the hours, run "imagepipeline account set --hours any".',
  };
}
