/** Why the limits of the account changed, and when. */
import type { Account } from '../api/types';
import { Time } from '../parts/time';

export function Decisions({ decisions }: { readonly decisions: Account['decisions'] }) {
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
