/** The single items, live. */
import { useState } from 'preact/hooks';
import type { ItemList } from '../api/types';
import { toPath } from '../format/route';
import { IdSearch } from '../parts/id-search';
import { ErrorNotice, Loading, Notice } from '../parts/notice';
import { Pager } from '../parts/pager';
import { Age } from '../parts/time';
import { useApp, useMay } from '../state/app-context';
import { focusSearch, moveFocus, useKeys } from '../state/use-keys';
import { usePolled } from '../state/use-polled';
import { ItemState } from './item-state';

const INTERVAL_MS = 2_000;
const PAGE_SIZE = 50;

export function ItemsPage() {
  const { api } = useApp();
  const mayStart = useMay('start');
  const [prefix, setPrefix] = useState('');
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const terms = { prefix, cursor: cursors.at(-1) ?? '', limit: String(PAGE_SIZE) };
  const query = new URLSearchParams(Object.entries(terms).filter(([, value]) => value !== '')).toString();
  const { data, error } = usePolled(
    `items ${query}`,
    (signal) => api.get<ItemList>(`/v1/items?${query}`, signal),
    INTERVAL_MS,
  );
  useKeys({ j: () => moveFocus(1), k: () => moveFocus(-1), '/': focusSearch });
  return (
    <>
      <div class="page-head">
        <h1>Items</h1>
        {mayStart && (
          <a class="button" href={toPath({ page: 'start-item' })}>
            Start an item
          </a>
        )}
        <search class="filter">
          <IdSearch
            prefix={prefix}
            onPrefix={(given) => {
              setPrefix(given);
              setCursors([]);
            }}
          />
        </search>
      </div>
      {error !== null && <ErrorNotice error={error} />}
      {data === null && error === null && <Loading what="items" />}
      {data !== null && data.items.length > 0 && <ItemTable items={data.items} />}
      {data !== null && data.items.length === 0 && (
        <Notice title={prefix === '' ? 'There are no single items yet' : 'No item matches'}>
          {prefix === '' ? 'Items of batches are on the pages of their batches.' : 'Change the search.'}
        </Notice>
      )}
      <Pager cursors={cursors} next={data?.nextCursor ?? null} onChange={setCursors} />
    </>
  );
}

function ItemTable({ items }: Pick<ItemList, 'items'>) {
  return (
    <table class="batches items">
      <thead>
        <tr>
          <th scope="col">Item</th>
          <th scope="col">Operation</th>
          <th scope="col">State</th>
          <th scope="col" class="number">
            Started
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map(({ id, operation, state, startedAt }) => (
          <tr key={id}>
            <th scope="row">
              <a data-row href={toPath({ page: 'item', id })}>
                {id}
              </a>
            </th>
            <td>{operation ?? '–'}</td>
            <td>
              <ItemState state={state} />
            </td>
            <td class="number" data-label="Started">
              <Age iso={startedAt} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
