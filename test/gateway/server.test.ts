/** What the gateway makes of callbacks: good ones are told once, all others are counted and harmless. */
import { signToken } from '../../activities/callback';
import { CLAIM, EVENT, post, raw, SECRETS, signAddress, startTestGateway } from './harness';

const SAID = { run: 'run-1', key: 'banner-1', submission: 2, jobId: 'job_1', status: 'completed' };

async function times(count: number, send: (index: number) => Promise<number>): Promise<ReadonlySet<number>> {
  const answers = new Set<number>();
  for (let first = 0; first < count; first += 50) {
    const wave = Array.from({ length: 50 }, (_, index) => send(first + index));
    for (const status of await Promise.all(wave)) answers.add(status);
  }
  return answers;
}

function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((given) => {
    resolve = given;
  });
  return { promise, resolve };
}

test('a callback is told to the workflow of its token, with nothing of its body but job and status', async () => {
  const gateway = await startTestGateway();
  expect(await post(signAddress(gateway), { ...EVENT, input: { prompt: 'secret' } })).toBe(200);
  expect(gateway.told).toEqual([{ workflowId: 'spring-0', callback: SAID }]);
  expect(gateway.counters()).toMatchObject({ delivered: 1, forged: 0 });
});

test.each([
  ['no body', '', null, null],
  ['garbage', '<html>', null, null],
  ['another kind of JSON', '[1]', null, null],
  ['null', 'null', null, null],
  ['fields of other types', { job_id: { a: 1 }, status: true }, null, null],
  ['a number as job id', { job_id: 7, status: 'FAILED' }, '7', 'failed'],
  ['too long a job id', { job_id: 'j'.repeat(201), status: 'failed' }, null, 'failed'],
  ['a sentence as status', { job_id: 'job_1', status: 'see https://x' }, 'job_1', null],
])('a good token with %s is a hint all the same', async (_what, body, jobId, status) => {
  const gateway = await startTestGateway();
  expect(await post(signAddress(gateway), body)).toBe(200);
  expect(gateway.told).toEqual([{ workflowId: 'spring-0', callback: { ...SAID, jobId, status } }]);
});

test.each(['json', '', '@@@', 'text/html; charset', 'application/json;;'])(
  'a good token with the Content-Type %j is told: nothing but the token decides',
  async (type) => {
    const gateway = await startTestGateway();
    const { pathname } = new URL(signAddress(gateway));
    const body = JSON.stringify(EVENT);
    const head = `POST ${pathname} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: ${type}\r\n`;
    const answer = await raw(gateway.port, `${head}content-length: ${body.length}\r\n\r\n${body}`).answer;
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
    expect(gateway.told).toEqual([{ workflowId: 'spring-0', callback: SAID }]);
    expect(gateway.counters()).toMatchObject({ delivered: 1, fault: 0 });
    expect(gateway.lines).toEqual([]);
  },
);

test.each([
  ['a slash at the end', (path: string) => `${path}/`],
  ['two of them', (path: string) => `${path}//`],
  ['a double slash in front', (path: string) => `/${path}`],
  ['a double slash inside', (path: string) => path.replace('/callbacks/', '/callbacks//')],
  ['a query', (path: string) => `${path}?a=1`],
])('a good token with %s is reported', async (_what, change) => {
  const gateway = await startTestGateway();
  const { origin, pathname } = new URL(signAddress(gateway));
  expect(await post(origin + change(pathname))).toBe(200);
  expect(gateway.counters()).toMatchObject({ delivered: 1 });
});

test('whatever was to be a callback and is none is counted, and nothing else is', async () => {
  const gateway = await startTestGateway();
  const { pathname } = new URL(signAddress(gateway));
  for (const path of [
    '/callbacks',
    '/callbacks/',
    `${pathname}/x`,
    `//callbacks/${'x'.repeat(20)}`,
    '/callbacks/%ff',
  ]) {
    expect(await post(gateway.url + path)).toBe(404);
  }
  expect(gateway.counters()).toMatchObject({ forged: 5 });
  expect((await fetch(gateway.url + pathname)).status).toBe(404);
  expect(await post(`${gateway.url}/nothing`)).toBe(404);
  expect(gateway.counters()).toMatchObject({ forged: 6, delivered: 0 });
});

test('1,000 forged callbacks get a 404 that says nothing, and signal no workflow', async () => {
  const gateway = await startTestGateway();
  const good = signToken(CLAIM, SECRETS);
  const forgeries = [
    `x${good}`,
    signToken(CLAIM, ['f'.repeat(32)]),
    `${signToken({ ...CLAIM, submission: 3 }, ['f'.repeat(32)]).split('.')[0]}.${good.split('.')[1]}`,
    'nonsense',
    '%00%ff',
    'x'.repeat(9_000),
  ];
  const answers = await times(1_000, (index) => post(`${gateway.url}/callbacks/${forgeries[index % 6]}`));
  expect([...answers]).toEqual([404]);
  expect(gateway.told).toEqual([]);
  expect(gateway.counters()).toMatchObject({ forged: 1_000, delivered: 0, fault: 0 });
});

test('a forged callback is answered as any other page that is not there', async () => {
  const gateway = await startTestGateway();
  const seen = async (path: string) => {
    const answer = await fetch(gateway.url + path, { method: 'POST', body: 'x' });
    return { status: answer.status, body: await answer.text(), type: answer.headers.get('content-type') };
  };
  expect(await seen('/callbacks/forged')).toEqual(await seen('/nothing'));
  expect(await seen('/callbacks/%ff')).toEqual({ status: 404, body: '', type: null });
});

test('1,000 replayed callbacks are answered and told once', async () => {
  const gateway = await startTestGateway();
  expect([...(await times(1_000, () => post(signAddress(gateway))))]).toEqual([200]);
  expect(gateway.told).toHaveLength(1);
  expect(gateway.counters()).toMatchObject({ delivered: 1, repeated: 999 });
});

test('a token that leaked cannot fill a history with changing bodies', async () => {
  const gateway = await startTestGateway();
  const answers = await times(200, (index) =>
    post(signAddress(gateway), { job_id: `job_${index}`, status: 'completed' }),
  );
  expect([...answers]).toEqual([200]);
  expect(gateway.told).toHaveLength(4);
});

test('100 oversized callbacks are refused, whether they say their length or not', async () => {
  const gateway = await startTestGateway();
  const large = 'x'.repeat(80_000);
  const streamed = () => {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(large));
        controller.close();
      },
    });
    return fetch(signAddress(gateway), { method: 'POST', body, duplex: 'half' } as RequestInit).then(
      ({ status }) => status,
      // Cut off while still sending.
      () => 413,
    );
  };
  const answers = await times(100, (index) => (index % 2 === 0 ? post(signAddress(gateway), large) : streamed()));
  expect([...answers]).toEqual([413]);
  expect(gateway.told).toEqual([]);
  expect(gateway.counters()).toMatchObject({ oversized: 100 });
});

test.each([
  ['headers that never end', () => 'POST /callbacks/x HTTP/1.1\r\nhost: x\r\n'],
  [
    'a body that never ends',
    () => `POST /callbacks/${signToken(CLAIM, SECRETS)} HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n{`,
  ],
])('%s: the connection is ended in time, and others are served meanwhile', async (_what, bytes) => {
  const gateway = await startTestGateway({}, 500);
  const slow = Array.from({ length: 50 }, () => raw(gateway.port, bytes()));
  expect(await post(signAddress(gateway))).toBe(200);
  const answers = await Promise.all(slow.map(({ answer }) => answer));
  expect(new Set(answers.map((answer) => answer.split('\r\n')[0]))).toEqual(new Set(['HTTP/1.1 408 Request Timeout']));
  expect(gateway.counters()).toMatchObject({ slow: 50, delivered: 1 });
});

test('what is not HTTP is counted and harmless', async () => {
  const gateway = await startTestGateway();
  await raw(gateway.port, 'hello\r\n\r\n').answer;
  expect(await raw(gateway.port, `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n`).answer).toMatch(/^HTTP\/1.1 431 /);
  expect(gateway.counters()).toMatchObject({ malformed: 2 });
  expect(await post(signAddress(gateway))).toBe(200);
});

test('a token of the secret before the newest is good, one of a secret that was taken away is not', async () => {
  const gateway = await startTestGateway();
  expect(await post(signAddress(gateway, CLAIM, ['o'.repeat(32)]))).toBe(200);
  expect(await post(signAddress(gateway, CLAIM, ['p'.repeat(32)]))).toBe(404);
});

test('a workflow that has ended is no reason to call again', async () => {
  const gateway = await startTestGateway({ signal: async () => 'gone' });
  expect(await post(signAddress(gateway))).toBe(200);
  expect(gateway.counters()).toMatchObject({ gone: 1, delivered: 0 });
});

test('while Temporal does not answer it is 503, and the same callback is reported when it does', async () => {
  let isThere = false;
  const gateway = await startTestGateway({
    signal: async () => {
      if (!isThere) throw new Error('unreachable');
      return 'delivered';
    },
  });
  expect([...(await times(50, () => post(signAddress(gateway))))]).toEqual([503]);
  isThere = true;
  expect(await post(signAddress(gateway))).toBe(200);
  expect(gateway.counters()).toMatchObject({ unreachable: 50, delivered: 1, repeated: 0 });
});

test('nothing that is logged names a token, an address or a body', async () => {
  const gateway = await startTestGateway({
    signal: async () => {
      throw new Error(`failed for ${signToken(CLAIM, SECRETS)}`);
    },
  });
  await post(signAddress(gateway));
  await post(signAddress(gateway), 'x'.repeat(80_000));
  await raw(gateway.port, 'hello\r\n\r\n').answer;
  const log = gateway.lines.join('\n');
  expect(log).toContain('503');
  for (const secret of [signToken(CLAIM, SECRETS).slice(0, 12), 'secret-url', 'job_1', '/callbacks']) {
    expect(log).not.toContain(secret);
  }
});

test('health is the process, readiness is Temporal', async () => {
  let isThere = true;
  const gateway = await startTestGateway({ ready: async () => isThere });
  const fetchStatus = async (path: string) => (await fetch(gateway.url + path)).status;
  expect([await fetchStatus('/healthz'), await fetchStatus('/readyz')]).toEqual([200, 200]);
  isThere = false;
  const away = await startTestGateway({ ready: async () => isThere });
  const statusThere = async (path: string, method = 'GET') => (await fetch(away.url + path, { method })).status;
  expect([await statusThere('/healthz'), await statusThere('/readyz')]).toEqual([200, 503]);
  expect([await statusThere('/healthz', 'HEAD'), await statusThere('/readyz', 'HEAD')]).toEqual([200, 503]);
});

test('a flood of probes asks Temporal once', async () => {
  let asked = 0;
  const gateway = await startTestGateway({
    ready: async () => {
      asked += 1;
      return true;
    },
  });
  const statuses = await Promise.all(Array.from({ length: 50 }, () => fetch(`${gateway.url}/readyz`)));
  expect(new Set(statuses.map(({ status }) => status))).toEqual(new Set([200]));
  expect(asked).toBe(1);
});

test('a stop answers what is in progress', async () => {
  const begun = deferred<void>();
  const finished = deferred<'delivered'>();
  const gateway = await startTestGateway({
    signal: () => {
      begun.resolve();
      return finished.promise;
    },
  });
  const answer = post(signAddress(gateway));
  await begun.promise;
  const closed = gateway.close();
  finished.resolve('delivered');
  expect(await answer).toBe(200);
  await closed;
  await expect(post(signAddress(gateway))).rejects.toThrow();
});
