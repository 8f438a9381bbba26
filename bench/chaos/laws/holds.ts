import type { Evidence } from '../evidence';

/** Law 18: a hold ends once its cause is over and the account was resumed. */
export function holds({ observed, ended, accountRefusals }: Evidence): readonly string[] {
  const last = observed.at(-1)?.hold ?? null;
  return [
    ...(last !== null && ended.includes(last.code) ? [`the batch is held by ${last.code}, which is over`] : []),
    ...accountRefusals.flatMap(({ code, next, wasSent }) => {
      if (next === null) return [`the single item after ${code} was over does not end`];
      // Refused before it was sent: by the hold itself and not by the provider.
      return next.code === code && !wasSent
        ? [`the single item after ${code} was over and resumed is refused: ${next.message}`]
        : [];
    }),
  ];
}
