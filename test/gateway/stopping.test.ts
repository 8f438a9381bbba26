/** A server that stops answers what is in progress, and then waits for nobody. */
import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { guardedApp } from '../../gateway/guarded-app';
import { until } from '../support/until';

test('a caller who keeps the connection after the last answer does not keep the server', async () => {
  const app = guardedApp({
    headersMs: 10_000,
    requestMs: 0,
    onBadConnection: () => null,
    notFound: (_request, reply) => reply.code(404).send(),
  });
  const answer = new PassThrough();
  app.get('/', (_request, reply) => reply.send(answer));
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  answer.write('begun');
  const agent = new Agent({ keepAlive: true });
  const [response] = (await once(get(url, { agent }), 'response')) as [IncomingMessage];

  const closed = app.close();
  await until('nobody is let in any more', () => !app.server.listening);
  answer.end(', and ended');
  expect(await text(response)).toBe('begun, and ended');
  await closed;
  agent.destroy();
});
