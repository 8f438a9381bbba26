/** The state of a single item: a colour and a word. */
import type { Item, ItemList } from '../api/types';

type StateName = Item['state'] | ItemList['items'][number]['state'];

/** The colour of a state, as those of batches. */
const COLOURS: Readonly<Record<StateName, 'running' | 'paused' | 'completed' | 'failed' | 'cancelled'>> = {
  waiting: 'paused',
  submitting: 'running',
  running: 'running',
  collecting: 'running',
  'awaiting-callback': 'paused',
  retrying: 'paused',
  succeeded: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
  unknown: 'failed',
  terminated: 'failed',
  timed_out: 'failed',
};

export function ItemState({ state }: { readonly state: StateName }) {
  return <span class={`state state-${COLOURS[state]}`}>{state.replace(/[-_]/g, ' ')}</span>;
}
