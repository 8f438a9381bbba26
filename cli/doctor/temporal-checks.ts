/** Checks of the Temporal server and, through it, of the workers. */
import { type Client, isGrpcServiceError } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { findPollers, KINDS_OF_WORK, type Pollers } from '../../connection/pollers';
import { EncryptionCodec, type EncryptionSettings, readKeyId } from '../../payloads';
import { governorWorkflowId } from '../../workflows/domain/leases/governor-protocol';
import { accountStatusQuery, TASK_QUEUE } from '../../workflows/messages';
import { type Finding, failed, ok, skipped, toReason } from './finding';

/** Timeout of a query in ms. A live worker answers within milliseconds. */
const QUERY_MS = 5_000;
/** gRPC status NOT_FOUND. */
const NOT_FOUND = 5;

export async function checkNamespace(client: Client): Promise<Finding> {
  const { namespace } = client.options;
  try {
    await client.workflowService.describeNamespace({ namespace });
    return ok(`"${namespace}" exists`);
  } catch (error) {
    const isMissing = isGrpcServiceError(error) && error.code === NOT_FOUND;
    const found = isMissing ? `"${namespace}" does not exist` : `"${namespace}" cannot be read (${toReason(error)})`;
    const remedy = `set TEMPORAL_NAMESPACE to an existing namespace, or run: temporal operator namespace create -n ${namespace}`;
    return failed(found, remedy);
  }
}

export async function checkWorkers(client: Client): Promise<Finding> {
  const kinds = await Promise.all(
    KINDS_OF_WORK.map(async (work) => ({ work, ...(await findPollers(client, TASK_QUEUE, work)) })),
  );
  const words = kinds.map(({ work, served }) => `${served} for ${work}`).join(', ');
  const found = `task queue "${TASK_QUEUE}" is polled by ${words}`;
  const missing = kinds.find(({ served }) => served === 0);
  if (missing === undefined) return ok(found);
  if (missing.idle.length > 0) return notCurrent(missing);
  return failed(found, 'start one with "imagepipeline worker", with the same TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE');
}

function notCurrent({ idle, current }: Pollers): Finding {
  return failed(
    `workers of ${idle.join(', ')} poll task queue "${TASK_QUEUE}", but all work goes to ${current}`,
    'make their version current (temporal worker deployment set-current-version; see docs/upgrades.md), or start workers of the current version',
  );
}

const NO_ANSWER = 'not checked, because no worker answered; start a worker, then run this again';

function nothingSubmitted(account: string): string {
  return `not checked, because nothing was submitted yet with the account "${account}"; run this again after the first item`;
}

/** Compares encryption keys. Workers encrypt the governor's answers with theirs. */
export async function checkEncryption(
  client: Client,
  encryption: EncryptionSettings | null,
  account: string,
): Promise<Finding> {
  const answer = await askGovernor(client, account);
  if (typeof answer === 'string') return skipped(answer);
  const theirs = readKeyId(answer);
  const [first] = encryption?.keys ?? [];
  if (theirs === null && first !== undefined) {
    return failed(
      `key "${first.id}" is set here, but the workers do not encrypt: they cannot read what this shell sends`,
      'set the same IMAGEPIPELINE_ENCRYPTION_KEYS for the workers, and restart them',
    );
  }
  try {
    await new EncryptionCodec(encryption?.keys ?? []).decode([answer]);
    return ok(
      theirs === null
        ? 'neither this shell nor the workers encrypt'
        : `this shell can read the workers' key "${theirs}"`,
    );
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return failed(found, "set IMAGEPIPELINE_ENCRYPTION_KEYS to the workers' keys");
  }
}

/** Returns the encoded status of the account, or why there is none. */
async function askGovernor(client: Client, account: string): Promise<Payload | string> {
  const { namespace } = client.options;
  try {
    const { queryResult } = await client.connection.withDeadline(Date.now() + QUERY_MS, () =>
      client.workflowService.queryWorkflow({
        namespace,
        execution: { workflowId: governorWorkflowId(account) },
        query: { queryType: accountStatusQuery.name },
      }),
    );
    return queryResult?.payloads?.[0] ?? NO_ANSWER;
  } catch (error) {
    if (!isGrpcServiceError(error)) throw error;
    return error.code === NOT_FOUND ? nothingSubmitted(account) : NO_ANSWER;
  }
}
