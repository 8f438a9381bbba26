/** One single item, live: what it does, its files, and why it failed. */
import { isOpenState } from '../../../../workflows/domain/item/item';
import type { Account, Item } from '../api/types';
import { explainCode } from '../format/failures';
import { describeItem } from '../format/item-words';
import { formatValue } from '../format/media';
import { toPath } from '../format/route';
import { FileView } from '../gallery/file-view';
import { ActionButton } from '../parts/action-button';
import { ErrorNotice, Loading, Notice } from '../parts/notice';
import { Time } from '../parts/time';
import { useApp, useMay } from '../state/app-context';
import { useKeys } from '../state/use-keys';
import { usePolled } from '../state/use-polled';
import { navigate } from '../state/use-route';
import { ItemState } from './item-state';

const INTERVAL_MS = 1_000;
/** An item that has ended changes only if it is run again. */
const ENDED_INTERVAL_MS = 30_000;

interface Seen {
  readonly item: Item;
  /** Empty: none, or the session may not see them. */
  readonly holds: Account['holds'];
}

export function ItemPage({ id }: { readonly id: string }) {
  const { api, session } = useApp();
  const path = `/v1/items/${encodeURIComponent(id)}`;
  const read = async (signal: AbortSignal): Promise<Seen> => {
    const item = await api.get<Item>(path, signal);
    const isWaiting = item.state === 'waiting' && session.prefix === '';
    return { item, holds: isWaiting ? (await api.get<Account>('/v1/account', signal)).holds : [] };
  };
  const { data, error, refresh } = usePolled(path, read, ({ item }) =>
    isOpenState(item.state) ? INTERVAL_MS : ENDED_INTERVAL_MS,
  );
  useKeys({ Escape: () => navigate(toPath({ page: 'items' })) });
  return (
    <article>
      <div class="page-head">
        <nav class="crumbs" aria-label="Position">
          <a href={toPath({ page: 'items' })}>Items</a>
        </nav>
        <h1 class="id">{id}</h1>
        {data !== null && <ItemState state={data.item.state} />}
      </div>
      {error !== null && <ErrorNotice error={error} />}
      {data === null && error === null && <Loading what="the item" />}
      {data !== null && <KnownItem seen={data} path={path} refresh={refresh} />}
    </article>
  );
}

interface KnownItemProps {
  readonly seen: Seen;
  readonly path: string;
  readonly refresh: () => void;
}

function KnownItem({ seen: { item, holds }, path, refresh }: KnownItemProps) {
  const { id, operation, state, nextRetryAt, jobId, submission, end, cancelRequested } = item;
  return (
    <>
      <Progress item={item} holds={holds} refresh={refresh} />
      {end !== null && <End id={id} end={end} />}
      <Controls path={path} isShown={isOpenState(state) && !cancelRequested} refresh={refresh} />
      <section class="panel" aria-label="Facts">
        <dl class="facts">
          <Fact name="Operation">{operation ?? '–'}</Fact>
          <Fact name="Submissions">{String(end?.submissions.length ?? submission)}</Fact>
          <Fact name="Job">{jobId ?? '–'}</Fact>
          {nextRetryAt !== null && (
            <Fact name="Next try">
              <Time iso={nextRetryAt} />
            </Fact>
          )}
          {Object.entries(end?.values ?? {}).map(([name, value]) => (
            <Fact key={name} name={name}>
              {formatValue(value)}
            </Fact>
          ))}
        </dl>
      </section>
      <History id={id} />
    </>
  );
}

function Progress({ item, holds, refresh }: Seen & Pick<KnownItemProps, 'refresh'>) {
  const { api } = useApp();
  const mayOperate = useMay('operate');
  const { text, remedy, isHeld } = describeItem(item, holds);
  if (text === '') return null;
  const resume = async () => {
    await api.post<Account>('/v1/account/resume');
    refresh();
  };
  return (
    <Notice tone={isHeld || !item.workerAnswers ? 'warning' : 'plain'} title={text}>
      {remedy !== '' && <p>{remedy}</p>}
      {isHeld && mayOperate && <ActionButton label="Resume the account" tone="primary" act={resume} />}
    </Notice>
  );
}

interface EndProps {
  readonly id: string;
  readonly end: NonNullable<Item['end']>;
}

function End({ id, end: { outcome, code, message, remedy, files, missing = [] } }: EndProps) {
  const isBad = outcome === 'failed' || outcome === 'unknown';
  return (
    <>
      {code !== null && (
        <Notice tone={isBad ? 'error' : 'plain'} title={`${code}: ${explainCode(code).meaning}`}>
          {message !== null && <p>{message}</p>}
          <p>{remedy ?? explainCode(code).remedy}</p>
        </Notice>
      )}
      {missing.map(({ role, problem }) => (
        <Notice key={role} tone="warning" title={`${role} could not be stored`}>
          {problem}
        </Notice>
      ))}
      {files.length > 0 && (
        <section class="panel" aria-label="Files">
          {files.map((file) => (
            <FileView key={file.role} file={file} name={id} />
          ))}
        </section>
      )}
    </>
  );
}

interface ControlsProps extends Omit<KnownItemProps, 'seen'> {
  readonly isShown: boolean;
}

function Controls({ path, isShown, refresh }: ControlsProps) {
  const { api } = useApp();
  const cancel = async () => {
    await api.post<Item>(`${path}/cancel`, {});
    refresh();
  };
  if (!useMay('operate') || !isShown) return null;
  return (
    <div class="controls">
      <ActionButton label="Cancel" tone="danger" confirm="Nothing more is submitted for it." act={cancel} />
    </div>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="id">{children}</dd>
    </div>
  );
}

function History({ id }: { readonly id: string }) {
  const { temporalUi } = useApp().session;
  if (temporalUi === null) return null;
  const { address, namespace } = temporalUi;
  return (
    <nav class="links" aria-label="History">
      <a
        href={`${address}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(id)}`}
        target="_blank"
        rel="noreferrer"
      >
        History in Temporal UI
      </a>
    </nav>
  );
}
