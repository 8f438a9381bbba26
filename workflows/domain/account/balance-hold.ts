/** Holds the account before its credits run out, by the balance that answers report. Pure. */
import type { ProviderFeedback } from '../leases/feedback';
import { type Balance, describeBalance, type HoldBelow, isBelow } from '../money/balance';
import { newBalanceHold } from './account-hold';
import { type AccountState, recordDecision } from './account-state';
import { liftHold, placeHold } from './hold-transitions';

/** Records the newest balance, and holds or opens the account by it. */
export function applyBalance(
  state: AccountState,
  { balance }: Pick<ProviderFeedback, 'balance'>,
  ofProbe: ProviderFeedback | null,
  now: number,
): AccountState {
  const known = balance === undefined ? state : { ...state, balance: { ...balance, at: now } };
  const { hold } = known;
  if (hold !== null && hold.kind !== 'balance') return known;
  // A job from before the probe may have ended before the account was topped up.
  const shown = hold?.probing === true ? ofProbe : { balance, completed: 0 };
  if (shown === null) return known;
  if (shown.balance === undefined) return shown.completed > 0 ? liftHold(known, now) : known;
  return judge(known, shown.balance, now);
}

function judge(state: AccountState, balance: Balance, now: number): AccountState {
  const { hold, holdBelow } = state;
  if (!isBelow(balance, holdBelow)) return hold === null ? state : liftHold(state, now);
  if (hold !== null && !hold.probing) return state;
  const cause = `The balance is ${describeBalance(balance)}; the account is held below ${describeBalance(holdBelow)}`;
  return placeHold(state, newBalanceHold(cause, now, hold), now);
}

/** Changes the bounds; absent fields stay. A hold by the earlier ones ends, unless the known balance is below the new ones. */
export function setHoldBelow(before: AccountState, change: Partial<HoldBelow>, now: number): AccountState {
  const holdBelow = { ...before.holdBelow, ...change };
  const text = describeBalance(holdBelow);
  const words = text === '' ? 'not held by its balance' : `held below ${text}`;
  const state = recordDecision({ ...before, holdBelow }, words, now);
  const open = state.hold?.kind === 'balance' ? liftHold(state, now) : state;
  return open.hold !== null || open.balance === null ? open : judge(open, open.balance, now);
}
