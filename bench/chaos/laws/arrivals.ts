import { byKey, type Evidence, isSingleKey } from '../evidence';
import { findContent } from '../seed-inputs';

/** Law 22: each submission names the uploads of its item's files, in order. */
export function arrivals({ ledger, contents }: Evidence): readonly string[] {
  return [...byKey(ledger.posts)].flatMap(([key, posts]) => {
    const asked = contents.get(key) ?? (isSingleKey(key) ? [] : null);
    if (asked === null) return [`a request has the key ${JSON.stringify(key)}, which no item has`];
    return posts.flatMap(({ inputs }) => {
      const sent = inputs.map((address) => findContent(address) ?? address);
      return sent.join() === asked.join() ? [] : [`${key}: was sent with ${sent.join()}, not with ${asked.join()}`];
    });
  });
}
