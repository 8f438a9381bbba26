import type { Evidence } from '../evidence';

/** Law 7: neither keys nor tokens nor prompts nor signed addresses in logs and histories. */
export function secrets({ texts, secrets: kept }: Evidence): readonly string[] {
  return texts.flatMap(({ where, text }) =>
    kept
      .filter((secret) => (secret.where?.test(where) ?? true) && secret.pattern.test(text))
      .map(({ name }) => `${where}: has ${name}`),
  );
}
