import type { Evidence } from '../evidence';

/** Law 7: logs and histories contain no keys, tokens, prompts or signed URLs. */
export function secrets({ texts, secrets: kept }: Evidence): readonly string[] {
  return texts.flatMap(({ where, text }) =>
    kept
      .filter((secret) => (secret.where?.test(where) ?? true) && secret.pattern.test(text))
      .map(({ name }) => `${where}: has ${name}`),
  );
}
