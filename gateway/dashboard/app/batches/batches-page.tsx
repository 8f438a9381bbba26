/** All batches, live. */
import { useState } from 'preact/hooks';
import type { BatchList } from '../api/types';
import { toPath } from '../format/route';
import { ErrorNotice, Loading, Notice } from '../parts/notice';
import { Pager } from '../parts/pager';
import { useApp, useMay } from '../state/app-context';
import { focusSearch, moveFocus, useKeys } from '../state/use-keys';
import { usePolled } from '../state/use-polled';
import { BatchFilter, type Filter, toQuery } from './batch-filter';
import { BatchTable } from './batch-table';

const INTERVAL_MS = 2_000;

export function BatchesPage() {
  const { api } = useApp();
  const [filter, setFilter] = useState<Filter>({ state: '', prefix: '' });
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const query = toQuery(filter, cursors.at(-1) ?? '');
  const { data, error } = usePolled(query, (signal) => api.get<BatchList>(`/v1/batches?${query}`, signal), INTERVAL_MS);
  useKeys({ j: () => moveFocus(1), k: () => moveFocus(-1), '/': focusSearch });
  const change = (changed: Filter) => {
    setFilter(changed);
    setCursors([]);
  };
  return (
    <>
      <div class="page-head">
        <h1>Batches</h1>
        <BatchFilter filter={filter} onChange={change} />
      </div>
      {error !== null && <ErrorNotice error={error} />}
      {data === null && error === null && <Loading what="batches" />}
      {data !== null && data.batches.length > 0 && <BatchTable batches={data.batches} />}
      {data !== null && data.batches.length === 0 && (
        <NoBatches isFiltered={filter.state !== '' || filter.prefix !== ''} />
      )}
      <Pager cursors={cursors} next={data?.nextCursor ?? null} onChange={setCursors} />
    </>
  );
}

function NoBatches({ isFiltered }: { readonly isFiltered: boolean }) {
  const mayStart = useMay('start');
  if (isFiltered) return <Notice title="No batch matches">Change the search or the state.</Notice>;
  return (
    <Notice title="There are no batches yet">
      Start one: {mayStart && <a href={toPath({ page: 'start' })}>from a file</a>}
      {mayStart && ', or '}
      <code>imagepipeline batch rows.csv</code>
    </Notice>
  );
}
