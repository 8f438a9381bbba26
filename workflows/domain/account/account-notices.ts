/** What is to be notified about an account. Pure. */
import type { Occurrence } from '../notifications/notification';
import type { AccountNotices, AccountState } from './account-state';
import type { AccountStatus } from './account-status';

/**
 * Sets where notifications go. A hold that began earlier is notified to a new receiver.
 *
 * @param url `null`: nowhere
 */
export function setReceiver(state: AccountState, url: string | null): AccountState {
  const { notices, ...others } = state;
  if (url === null) return others;
  if (notices?.url === url) return state;
  return { ...others, notices: { url, count: notices?.count ?? 0, heldBy: null } };
}

/** What has happened to the hold since the last notices; `null` if nothing has. */
export function findOccurrence(
  { heldBy, ...notices }: AccountNotices,
  { account, hold }: Pick<AccountStatus, 'account' | 'hold'>,
): { readonly occurrence: Occurrence; readonly notices: AccountNotices } | null {
  const code = hold?.code ?? null;
  if (code === heldBy) return null;
  const next = { ...notices, count: notices.count + 1, heldBy: code };
  // Not the cause: it may have words of the provider or of a person.
  const { since = null, until = null, remedy = null } = hold ?? {};
  const data = { account, code: code ?? heldBy, since, until, remedy };
  return { occurrence: { type: code === null ? 'account.resumed' : 'account.held', data }, notices: next };
}
