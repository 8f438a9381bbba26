/**
 * What the governors know, as gauges. They are asked whenever somebody wants to know, so that all workers say the same:
 * a gauge that a governor sets would stay behind in the worker that it has left. A query writes no history.
 */
import type { Client } from '@temporalio/client';
import type { Registry } from 'prom-client';
import type { AccountStatus } from '../workflows/domain/account/account-status';
import { NO_CODE } from '../workflows/domain/item/metrics';
import { ACCOUNT_STATUS_QUERY, ACCOUNT_TYPE } from '../workflows/domain/leases/governor-protocol';
import { withTimeout } from './with-timeout';

/** An account is an API key, of which nobody has many; those beyond are not shown, to keep the labels bounded. */
const MAX_ACCOUNTS = 20;
/** Shorter than the time that Prometheus allows by default, 10 s. */
const ANSWER_TIMEOUT_MS = 3_000;

interface GaugeRow {
  readonly about: string;
  /** `null`: not known, so not shown. */
  readonly value: (status: AccountStatus) => number | null;
  readonly code?: (status: AccountStatus) => string;
}

const GAUGES: Readonly<Record<string, GaugeRow>> = {
  imagepipeline_account_in_flight: {
    about: 'Jobs that were accepted and are not known to have ended',
    value: ({ inFlight }) => inFlight,
  },
  imagepipeline_account_limit: {
    about: 'Jobs that may be in flight, as it was found',
    value: ({ limit }) => limit,
  },
  imagepipeline_account_submissions_per_second_limit: {
    about: 'Submissions a second at the most; absent while no limit is known',
    value: ({ ratePerSecond }) => ratePerSecond,
  },
  imagepipeline_account_wanted: {
    about: 'Jobs that batches and images could have in flight now, were there permits',
    value: ({ holders, waiting }) =>
      waiting +
      holders.reduce((sum, { kind, permits, wants }) => sum + (kind === 'item' && permits === 0 ? 0 : wants), 0),
  },
  imagepipeline_account_day_submissions: {
    about: 'Submissions of the day (UTC) that were accepted or may have been, as far as it was told',
    value: ({ day }) => day.spent.submissions,
  },
  imagepipeline_account_day_submissions_limit: {
    about: 'Submissions a day at the most; absent while there is no such budget',
    value: ({ day }) => day.allowed?.submissions ?? null,
  },
  imagepipeline_account_held: {
    about: '1 while nobody may submit, with the code of the reason; else 0',
    value: ({ hold }) => (hold === null ? 0 : 1),
    code: ({ hold }) => hold?.code ?? NO_CODE,
  },
};

const READABLE = 'imagepipeline_accounts_readable';

export const ACCOUNT_GAUGES: readonly string[] = [...Object.keys(GAUGES), READABLE];

/** Reads all governors of the namespace, in the text format of Prometheus. */
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

/** `null`: they could not be asked, which the gauge above shows. */
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
