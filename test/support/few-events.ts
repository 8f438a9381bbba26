/** Where workflows continue as new after so few events that a test can wait for it. */
interface FewEvents {
  /** The server suggests a new run after so many; 4,096 by default. */
  readonly events: number;
  /** On the server with PostgreSQL that holds for this namespace only. */
  readonly namespace: string;
}

export const FEW_EVENTS = {
  few: { events: 60, namespace: 'few-events' },
  /** A page suggests it to itself before its first job has ended. */
  fewest: { events: 8, namespace: 'fewest-events' },
} as const satisfies Readonly<Record<string, FewEvents>>;

export type HowFew = keyof typeof FEW_EVENTS;

const SETTING = 'limit.historyCount.suggestContinueAsNew';

/** As the development server is told. */
export function fewEventsArgument(few: HowFew): string {
  return `${SETTING}=${FEW_EVENTS[few].events}`;
}

/** As the server with PostgreSQL is told: a file of dynamic configuration. */
export const FEW_EVENTS_YAML = [
  `${SETTING}:`,
  ...Object.values(FEW_EVENTS).flatMap(({ events, namespace }) => [
    `  - value: ${events}`,
    `    constraints: { namespace: ${namespace} }`,
  ]),
  '',
].join('\n');
