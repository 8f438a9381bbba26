/** A service that has a client of Temporal uses it for this library too. */
import { Client, Connection } from '@temporalio/client';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { ImagePipelineClient, InvalidRequestError, readDataConverter } from '../../client';
import { newKey } from '../payloads/keys';
import { formatPrompt, SMALL } from '../support/images';
import { type Rig, startRig } from '../support/rig';

const KEY = newKey('2026');
const ENV = { IMAGEPIPELINE_ENCRYPTION_KEYS: KEY };

let rig: Rig;
let connection: Connection;

beforeAll(async () => {
  rig = await startRig({ encryption: KEY });
  connection = await Connection.connect({ address: rig.server.address });
});
afterAll(async () => {
  await connection.close();
  await rig.close();
});

async function createClient(
  env: Readonly<Record<string, string>> | null,
  codecs: readonly PayloadCodec[] = [],
): Promise<Client> {
  const dataConverter = env === null ? { payloadCodecs: [...codecs] } : await readDataConverter(env);
  return new Client({ connection, namespace: rig.server.namespace, dataConverter });
}

async function findRefusal(client: Client, env?: Readonly<Record<string, string>>): Promise<string> {
  const refused = await ImagePipelineClient.connect({ client, ...(env === undefined ? {} : { env }) }).then(
    () => null,
    (error: unknown) => error,
  );
  if (!(refused instanceof InvalidRequestError)) throw new Error(`not refused: ${String(refused)}`);
  return refused.message;
}

test('runs items in its namespace by its data converter, and stays open', async () => {
  const client = await createClient(ENV);
  const library = await ImagePipelineClient.connect({ client, env: ENV, store: rig.store });
  expect(library.temporal).toBe(client);
  const item = await library.startImage({ id: 'given', request: { prompt: formatPrompt('given'), ...SMALL } });
  expect(await item.result()).toMatchObject({ outcome: 'succeeded' });
  await library.close();
  await library.close();
  expect(await client.workflow.getHandle('given').describe()).toMatchObject({ workflowId: 'given' });
  expect(await rig.client.item('given').status()).toMatchObject({ state: 'succeeded' });
});

test.each<[string, string | null]>([
  ['without keys', null],
  ['with another key', newKey('2025')],
  ['with another key of the same id', newKey('2026')],
])('refuses a client %s if the settings have keys', async (_, keys) => {
  const client = await createClient(keys === null ? null : { IMAGEPIPELINE_ENCRYPTION_KEYS: keys });
  const message = await findRefusal(client, ENV);
  expect(message).toContain('client does not encrypt with the keys of IMAGEPIPELINE_ENCRYPTION_KEYS');
  expect(message).toContain('readDataConverter(env)');
  expect(message).not.toContain(KEY);
});

test('without settings, accepts a client with keys and refuses a codec that workers do not have', async () => {
  const library = await ImagePipelineClient.connect({ client: await createClient(ENV) });
  await library.close();
  expect(await findRefusal(await createClient(null, [REVERSED]))).toContain(
    'encodes values in a way that our workers cannot read',
  );
});

const reverse = async (payloads: Payload[]): Promise<Payload[]> =>
  payloads.map(({ data, ...payload }) => ({ ...payload, data: Buffer.from(data ?? []).reverse() }));

const REVERSED: PayloadCodec = { encode: reverse, decode: reverse };
