/**
 * Account gauges, read from the governors on each scrape, so all workers report the same values. A gauge set by a
 * governor would keep its last value in a worker that the governor has left. A query writes no history.
 */
import type { Client } from '@temporalio/client';
import type { Registry } from 'prom-client';
import type { AccountStatus } from '../workflows/domain/account/account-status';
import { NO_CODE } from '../workflows/domain/item/metrics';
import { ACCOUNT_STATUS_QUERY, ACCOUNT_TYPE } from '../workflows/domain/leases/governor-protocol';
import { withTimeout } from './with-timeout';

/** Maximum accounts reported, to bound the label values. An account is an API key, and few users have many. */
const MAX_ACCOUNTS = 20;
/** Timeout of the queries, in ms; shorter than Prometheus's default scrape timeout of 10 s. */
const ANSWER_TIMEOUT_MS = 3_000;

interface GaugeRow {
  readonly about: string;
  /** Returns `null` to omit an unknown value. */
  readonly value: (status: AccountStatus) => number | null;
  readonly code?: (status: AccountStatus) => string;
}

const GAUGES: Readonly<Record<string, GaugeRow>> = {
  imagepipeline_account_in_flight: {
    about: 'Accepted jobs that are not known to have ended',
    value: ({ inFlight }) => inFlight,
  },
  imagepipeline_account_limit: {
    about: 'Maximum jobs in flight, as discovered',
    value: ({ limit }) => limit,
  },
  imagepipeline_account_submissions_per_second_limit: {
    about: 'Maximum submissions per second; absent while no limit is known',
    value: ({ ratePerSecond }) => ratePerSecond,
  },
  imagepipeline_account_wanted: {
    about: 'Jobs that batches and single items would have in flight with unlimited permits',
    value: ({ holders, waiting }) =>
      waiting +
      holders.reduce((sum, { kind, permits, wants }) => sum + (kind === 'item' && permits === 0 ? 0 : wants), 0),
  },
  imagepipeline_account_day_submissions: {
    about: 'Submissions today (UTC) that were or may have been accepted, as reported so far',
    value: ({ day }) => day.spent.submissions,
  },
  imagepipeline_account_day_submissions_limit: {
    about: 'Maximum submissions per day; absent without such a budget',
    value: ({ day }) => day.allowed?.submissions ?? null,
  },
  imagepipeline_account_held: {
    about: '1 while the account is held, with the code of the reason; else 0',
    value: ({ hold }) => (hold === null ? 0 : 1),
    code: ({ hold }) => hold?.code ?? NO_CODE,
  },
  imagepipeline_account_balance_usd: {
    about: 'Balance in USD that the newest answer reported; absent if none has',
    value: ({ balance }) => balance?.usd ?? null,
  },
  imagepipeline_account_balance_credits: {
    about: 'Balance in credits that the newest answer reported; absent if none has',
    value: ({ balance }) => balance?.credits ?? null,
  },
  imagepipeline_account_balance_age_seconds: {
    about: 'Time since the balance was reported; absent if none has been',
    value: ({ balance }) => (balance === null ? null : Math.max(0, (Date.now() - Date.parse(balance.at)) / 1_000)),
  },
  imagepipeline_account_operations_held: {
    about: 'Operations whose items wait because of an outage, while others continue',
    value: ({ holds }) => holds.filter(({ operation }) => operation !== null).length,
  },
};

const READABLE = 'imagepipeline_accounts_readable';

export const ACCOUNT_GAUGES: readonly string[] = [...Object.keys(GAUGES), READABLE];

/** Reads all governors of the namespace and returns the Prometheus text format. */
export async function readAccountGauges(client: Client): Promise<string> {
  const { Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  const statuses = await readStatuses(client);
  const readable = new Gauge({ name: READABLE, help: '0 if the governors did not answer', registers: [registry] });
  readable.set(statuses === null ? 0 : 1);
  for (const [name, row] of Object.entries(GAUGES)) setGauge(Gauge, registry, name, row, statuses ?? []);
  return registry.metrics();
}

function setGauge(
  Gauge: typeof import('prom-client').Gauge,
  registry: Registry,
  name: string,
  { about, value, code }: GaugeRow,
  statuses: readonly AccountStatus[],
): void {
  const labelNames = code === undefined ? ['account'] : ['account', 'code'];
  const gauge = new Gauge({ name, help: about, labelNames, registers: [registry] });
  for (const status of statuses) {
    const amount = value(status);
    const labels = { account: status.account, ...(code === undefined ? {} : { code: code(status) }) };
    if (amount !== null) gauge.set(labels, amount);
  }
}

/** Returns `null` if the governors did not answer, which the `READABLE` gauge shows. */
async function readStatuses(client: Client): Promise<readonly AccountStatus[] | null> {
  try {
    const reading = client.withDeadline(Date.now() + ANSWER_TIMEOUT_MS, () => askAll(client));
    return await withTimeout(ANSWER_TIMEOUT_MS, reading);
  } catch {
    return null;
  }
}

async function askAll(client: Client): Promise<readonly AccountStatus[]> {
  const query = `WorkflowType = '${ACCOUNT_TYPE}' AND ExecutionStatus = 'Running'`;
  const ids: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query, pageSize: MAX_ACCOUNTS })) {
    if (ids.push(workflowId) === MAX_ACCOUNTS) break;
  }
  return Promise.all(ids.map((id) => client.workflow.getHandle(id).query<AccountStatus>(ACCOUNT_STATUS_QUERY)));
}
