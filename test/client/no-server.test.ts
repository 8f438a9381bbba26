import { startLine } from '../../bench/chaos/line';
import { ImagePipelineClient, NoServerError } from '../../client';
import { closedPort } from '../support/provider';
import { type Rig, startRig } from '../support/rig';

const addressOfNobody = async () => `127.0.0.1:${await closedPort()}`;

test('where no server answers, the error names the address and what starts one', async () => {
  const address = await addressOfNobody();
  const connecting = ImagePipelineClient.connect({ env: { TEMPORAL_ADDRESS: address } });
  const error: unknown = await connecting.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(NoServerError);
  expect((error as NoServerError).message).toContain(address);
  expect((error as NoServerError).message).toContain('imagepipeline dev');
});

describe('a server that goes away', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ worker: false });
  });
  afterAll(() => rig.close());

  test('is named by whatever was asked of images, batches and the account', async () => {
    const line = await startLine(rig.server.address);
    const env = { ...rig.server.env, TEMPORAL_ADDRESS: line.address };
    const client = await ImagePipelineClient.connect({ env });
    const image = await client.startImage({ id: 'left-alone', request: { prompt: 'a bird' } });
    const waiting = image.result();
    await line.cut();
    const batch = client.batch('left-alone');
    const asked = [waiting, image.status(), batch.status(), batch.pause(), client.account().status()];
    const started = client.startImage({ id: 'not-begun', request: { prompt: 'a bird' } });
    const told = await Promise.allSettled([...asked, client.account().resume(), started]);
    expect(told).toEqual(told.map(() => ({ status: 'rejected', reason: expect.any(NoServerError) })));
    await client.close();
  });
});
