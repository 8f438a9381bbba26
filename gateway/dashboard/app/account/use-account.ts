/** The account and its samples, live. */
import { useCallback, useRef, useState } from 'preact/hooks';
import type { Account, AccountSamples } from '../api/types';
import { type AccountSample, addSamples } from '../format/account-samples';
import { useApp } from '../state/app-context';
import { usePolled } from '../state/use-polled';

const INTERVAL_MS = 2_000;

interface WatchedAccount {
  /** `null`: nothing is known yet. */
  readonly account: Account | null;
  readonly samples: readonly AccountSample[];
  /** Why the newest request failed; `null`: it did not. */
  readonly error: Error | null;
  /** Shows a state that a control has returned. */
  readonly show: (account: Account) => void;
}

export function useAccount(): WatchedAccount {
  const { api } = useApp();
  const samples = useRef<readonly AccountSample[]>([]);
  const [shown, setShown] = useState<Account | null>(null);
  const read = async (signal: AbortSignal): Promise<Account> => {
    const last = samples.current.at(-1);
    const after = last === undefined ? '' : `?after=${encodeURIComponent(last.at)}`;
    const found = await api.get<AccountSamples>(`/v1/account/samples${after}`, signal);
    samples.current = addSamples(samples.current, found.samples);
    setShown(null);
    return found.account;
  };
  const { data, error, refresh } = usePolled('account', read, INTERVAL_MS);
  const show = useCallback(
    (account: Account) => {
      setShown(account);
      // An answer that is under way is from before the change.
      refresh();
    },
    [refresh],
  );
  return { account: shown ?? data, samples: samples.current, error, show };
}
