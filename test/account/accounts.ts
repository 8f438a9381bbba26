/** Accounts as tests see them: each test has a governor of its own, and reads the emulator's books. */
import { ImagePipelineClient } from '../../client';
import type { AccountStatus } from '../../workflows/domain/account/account-status';
import { governorWorkflowId } from '../../workflows/domain/leases/governor-protocol';
import { readHistory } from '../support/history';
import type { Rig } from '../support/rig';
import { until } from '../support/until';

const clients: ImagePipelineClient[] = [];

afterAll(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

/** The same rig, seen by a client of that account. */
export async function as(rig: Rig, account: string): Promise<Rig> {
  const client = await ImagePipelineClient.connect({
    env: { ...rig.server.env, IMAGEPIPELINE_STORE: rig.store },
    account,
  });
  clients.push(client);
  return { ...rig, client };
}

/** What the emulator has refused, by code, since `since` (ms since the epoch). */
export function refusalsSince({ emulator }: Pick<Rig, 'emulator'>, since: number, code?: string): number {
  const { refusals } = emulator.ledger();
  return refusals.filter((refusal) => refusal.at >= since && (code === undefined || refusal.code === code)).length;
}

/** Jobs that the emulator has accepted since then. */
export function jobsSince({ emulator }: Pick<Rig, 'emulator'>, since: number) {
  return emulator.ledger().jobs.filter(({ acceptedAt }) => acceptedAt >= since);
}

/** The most jobs that were in flight at once between two times, in ms since the epoch. */
export function mostInFlight({ emulator }: Pick<Rig, 'emulator'>, from: number, to = Number.POSITIVE_INFINITY): number {
  const { jobs } = emulator.ledger();
  const during = jobs.filter(
    ({ heldPlace, endedAt, acceptedAt }) => heldPlace && (endedAt ?? to) > from && acceptedAt < to,
  );
  const at = (moment: number) =>
    during.filter(({ acceptedAt, endedAt }) => acceptedAt <= moment && (endedAt ?? Number.POSITIVE_INFINITY) > moment)
      .length;
  return Math.max(
    0,
    at(from),
    ...during.filter(({ acceptedAt }) => acceptedAt >= from).map(({ acceptedAt }) => at(acceptedAt)),
  );
}

export function untilAccount(
  what: string,
  { client }: Pick<Rig, 'client'>,
  wanted: (status: AccountStatus) => boolean,
): Promise<AccountStatus> {
  let last: AccountStatus | null = null;
  const describe = () => `${what}; at last: ${JSON.stringify(last)}`;
  return until(describe, async () => {
    last = await client.account().status();
    return wanted(last) ? last : null;
  });
}

/** Events in the history of a workflow's current run. */
export async function countEvents(rig: Rig, id: string): Promise<number> {
  return (await readHistory(rig, id)).events?.length ?? 0;
}

export function getGovernor({ client }: Pick<Rig, 'client'>) {
  return client.temporal.workflow.getHandle(governorWorkflowId(client.account().name));
}
