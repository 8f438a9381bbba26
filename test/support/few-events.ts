/** Where workflows begin anew after so few events that a test can wait for it. */
export const FEW_EVENTS = {
  /** The server suggests a new run after so many; 4,096 by default. */
  events: 60,
  /** On the server with PostgreSQL that holds for this namespace only. */
  namespace: 'few-events',
} as const;

const SETTING = 'limit.historyCount.suggestContinueAsNew';

/** As the development server is told. */
export const FEW_EVENTS_ARGUMENT = `${SETTING}=${FEW_EVENTS.events}`;

/** As the server with PostgreSQL is told: a file of dynamic configuration. */
export const FEW_EVENTS_YAML = `${SETTING}:
  - value: ${FEW_EVENTS.events}
    constraints: { namespace: ${FEW_EVENTS.namespace} }
`;
