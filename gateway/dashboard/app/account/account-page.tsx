/** The account: its limits, who uses them, and its holds. */
import { useState } from 'preact/hooks';
import type { Account } from '../api/types';
import { ACCOUNT_LIMITS } from '../format/limit-fields';
import { toPath } from '../format/route';
import { ActionButton } from '../parts/action-button';
import { LimitsDialog } from '../parts/limits-dialog';
import { ErrorNotice, Loading, Notice } from '../parts/notice';
import { Time } from '../parts/time';
import { useApp, useMay } from '../state/app-context';
import { useKeys } from '../state/use-keys';
import { navigate } from '../state/use-route';
import { AccountFigures } from './account-figures';
import { Decisions } from './decisions';
import { Holders } from './holders';
import { useAccount } from './use-account';

export function AccountPage() {
  const { account, samples, error, show } = useAccount();
  useKeys({ Escape: () => navigate(toPath({ page: 'batches' })) });
  return (
    <>
      <div class="page-head">
        <h1>Account</h1>
      </div>
      {error !== null && <ErrorNotice error={error} />}
      {account === null && error === null && <Loading what="the account" />}
      {account !== null && (
        <>
          <Holds account={account} show={show} />
          <Controls account={account} show={show} />
          <AccountFigures account={account} samples={samples} />
          <Holders holders={account.holders} limit={account.limit} />
          <Decisions decisions={account.decisions} />
        </>
      )}
    </>
  );
}

interface KnownAccountProps {
  readonly account: Account;
  readonly show: (account: Account) => void;
}

function Holds({ account, show }: KnownAccountProps) {
  const { api } = useApp();
  const mayOperate = useMay('operate');
  const resume = async () => show(await api.post<Account>('/v1/account/resume'));
  return (
    <>
      {account.holds.map(({ code, operation, cause, remedy, since, until, probing, nextProbeAt }) => (
        <Notice
          key={`${code} ${operation}`}
          tone="warning"
          title={`${operation ?? 'The account'} is held: ${code}${cause === null ? '' : `, ${cause}`}`}
        >
          <p>{remedy}</p>
          <p class="hint">
            Since <Time iso={since} />
            {until !== null && (
              <>
                , until <Time iso={until} />
              </>
            )}
            {probing && '. One item is submitted as a probe.'}
            {nextProbeAt !== null && !probing && (
              <>
                . The next probe is sent at <Time iso={nextProbeAt} />
              </>
            )}
          </p>
          {mayOperate && <ActionButton label="Resume" tone="primary" act={resume} />}
        </Notice>
      ))}
    </>
  );
}

function Controls({ account, show }: KnownAccountProps) {
  const { api } = useApp();
  const [isOpen, setOpen] = useState(false);
  const hold = async () => show(await api.post<Account>('/v1/account/hold', {}));
  const change = async (changes: object) => show(await api.patch<Account>('/v1/account', changes));
  if (!useMay('operate')) return null;
  return (
    <div class="controls">
      {account.holds.length === 0 && (
        <ActionButton label="Hold the account" confirm="Nothing more is submitted until it is resumed." act={hold} />
      )}
      <button class="button" type="button" onClick={() => setOpen(true)}>
        Limits
      </button>
      {isOpen && <LimitsDialog fields={ACCOUNT_LIMITS} change={change} onClose={() => setOpen(false)} />}
    </div>
  );
}
