/** The private port on this machine: for programs of this machine, and not for pages whose name leads here. */
import { get } from 'node:http';
import { type PrivateServer, servePrivately } from '../../telemetry';

const SHOWN = { ready: async () => true, metrics: async () => 'a 1' };

let server: PrivateServer;

afterEach(() => server.close());

function statusWith(host: string | null): Promise<number> {
  const headers = host === null ? {} : { host };
  return new Promise((resolve, reject) => {
    get(`${server.url}/metrics`, { headers, setHost: host !== null }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on('error', reject);
  });
}

test.each([
  ['localhost', 200],
  ['localhost:9464', 200],
  ['127.0.0.1:9464', 200],
  ['[::1]:9464', 200],
  ['metrics.localhost', 200],
  ['evil.example', 421],
  ['127.0.0.1.evil.example:9464', 421],
  ['localhost.evil.example', 421],
])('on this machine a Host of %s is answered with %i', async (host, status) => {
  server = await servePrivately({ host: '127.0.0.1', port: 0 }, SHOWN);
  expect(await statusWith(host)).toBe(status);
});

test('elsewhere every name is right: probes and Prometheus have their own', async () => {
  server = await servePrivately({ host: '0.0.0.0', port: 0 }, SHOWN);
  expect(await statusWith('worker-1:9464')).toBe(200);
});
