/** The account: its limits, who uses them, and its holds. */
import { useState } from 'preact/hooks';
import type { Account } from '../api/types';
import { ACCOUNT_LIMITS } from '../format/limit-fields';
import { formatCount } from '../format/numbers';
import { toPath } from '../format/route';
import { ActionButton } from '../parts/action-button';
import { LimitsDialog } from '../parts/limits-dialog';
import { ErrorNotice, Loading, Notice } from '../parts/notice';
import { Time } from '../parts/time';
import { useApp, useMay } from '../state/app-context';
import { useKeys } from '../state/use-keys';
import { usePolled } from '../state/use-polled';
import { navigate } from '../state/use-route';
import { AccountFigures } from './account-figures';

const INTERVAL_MS = 2_000;

export function AccountPage() {
  const { api } = useApp();
  const { data, error, refresh } = usePolled(
    'account',
    (signal) => api.get<Account>('/v1/account', signal),
    INTERVAL_MS,
  );
  useKeys({ Escape: () => navigate(toPath({ page: 'batches' })) });
  return (
    <>
      <div class="page-head">
        <h1>Account</h1>
      </div>
      {error !== null && <ErrorNotice error={error} />}
      {data === null && error === null && <Loading what="the account" />}
      {data !== null && <KnownAccount account={data} refresh={refresh} />}
    </>
  );
}

interface KnownAccountProps {
  readonly account: Account;
  readonly refresh: () => void;
}

function KnownAccount({ account, refresh }: KnownAccountProps) {
  return (
    <>
      <Holds account={account} refresh={refresh} />
      <Controls account={account} refresh={refresh} />
      <AccountFigures account={account} />
      <Holders holders={account.holders} />
      <Decisions decisions={account.decisions} />
    </>
  );
}

function Holds({ account, refresh }: KnownAccountProps) {
  const { api } = useApp();
  const mayOperate = useMay('operate');
  const resume = async () => {
    await api.post<Account>('/v1/account/resume');
    refresh();
  };
  return (
    <>
      {account.holds.map(({ code, operation, cause, remedy, since }) => (
        <Notice
          key={`${code} ${operation}`}
          tone="warning"
          title={`${operation ?? 'The account'} is held: ${code}${cause === null ? '' : `, ${cause}`}`}
        >
          <p>{remedy}</p>
          <p class="hint">
            Since <Time iso={since} />
          </p>
          {mayOperate && <ActionButton label="Resume" tone="primary" act={resume} />}
        </Notice>
      ))}
    </>
  );
}

function Controls({ account, refresh }: KnownAccountProps) {
  const { api } = useApp();
  const [isOpen, setOpen] = useState(false);
  const hold = async () => {
    await api.post<Account>('/v1/account/hold', {});
    refresh();
  };
  const change = async (changes: object) => {
    await api.patch<Account>('/v1/account', changes);
    refresh();
  };
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

function Holders({ holders }: { readonly holders: Account['holders'] }) {
  if (holders.length === 0) return <Notice title="Nothing runs">No batch and no item wants permits.</Notice>;
  return (
    <section class="panel">
      <h2>Who uses it</h2>
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">Holder</th>
            <th scope="col" class="number">
              Weight
            </th>
            <th scope="col" class="number">
              Permits
            </th>
            <th scope="col" class="number">
              In flight
            </th>
            <th scope="col" class="number">
              Wants
            </th>
          </tr>
        </thead>
        <tbody>
          {holders.map(({ id, kind, weight, permits, inFlight, wants }) => (
            <tr key={id}>
              <th scope="row">
                {kind === 'batch' ? (
                  <a data-row href={toPath({ page: 'batch', id })}>
                    {id}
                  </a>
                ) : (
                  id
                )}
              </th>
              {[weight, permits, inFlight, wants].map((value, index) => (
                <td key={index} class="number">
                  {formatCount(value)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Decisions({ decisions }: { readonly decisions: Account['decisions'] }) {
  if (decisions.length === 0) return null;
  return (
    <section class="panel">
      <h2>Decisions</h2>
      <ol class="decisions">
        {[...decisions].reverse().map(({ at, words }) => (
          <li key={`${at} ${words}`}>
            <Time iso={at} /> <span>{words}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
