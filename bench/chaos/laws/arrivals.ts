import { byKey, type Evidence, isSingleKey } from '../evidence';
import { findStep } from '../recipe-steps';
import { findContent } from '../upload-address';

/** Law 22: each submission names the uploads of its item's files, in order. Law 25 is about those of later steps. */
export function arrivals({ plan, ledger, contents }: Evidence): readonly string[] {
  const first = plan.recipe?.steps[0]?.id ?? null;
  return [...byKey(ledger.posts)].flatMap(([key, posts]) => {
    const asked = contents.get(key) ?? (isSingleKey(key) ? [] : null);
    if (asked === null) return [`a request has the key ${JSON.stringify(key)}, which no item has`];
    const own = posts.filter(({ prompt }) => isSingleKey(key) || findStep(prompt) === first);
    return own.flatMap(({ inputs }) => {
      const sent = inputs.map((address) => findContent(address) ?? address);
      return sent.join() === asked.join() ? [] : [`${key}: was sent with ${sent.join()}, not with ${asked.join()}`];
    });
  });
}
