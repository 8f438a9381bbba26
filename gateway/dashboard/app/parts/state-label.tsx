/** The state of a batch: a colour and a word. */
import type { Batch } from '../api/types';

export function StateLabel({ state }: { readonly state: Batch['state'] }) {
  return <span class={`state state-${state}`}>{state}</span>;
}
