/** What the server writes when a port is lost between our look and its own: the one that picked the port may pick another. */
import { startupFailure } from '../../tools/temporal/startup-failure';

test.each([
  [
    `{"level":"FATAL","prefix":"echo","file":"server.go","message":"listen tcp 127.0.0.1:42111: bind: address already in use"}`,
    /42111.*--ui-port/s,
  ],
  ["can't set UI port 42111: listen tcp: address already in use", /42111.*--ui-port/s],
  ["can't set frontend port 42112: listen tcp: address already in use", /42112.*--port/s],
  ["can't set metrics port: bind: address already in use", /metrics/],
  ['panic: failed assigning ephemeral port\n\ngoroutine 1 [running]:\nMustGetFreePort(…)', /metrics/],
  [
    'failed listening for HTTP API on 127.0.0.1:37177: listen tcp 127.0.0.1:37177: bind: address already in use',
    /HTTP API/,
  ],
])('a port that is taken is reported as such: %s', (line, words) => {
  expect(startupFailure({ code: 1, signal: null }, line)).toMatchObject({
    code: 'PORT_IN_USE',
    message: expect.stringMatching(words),
  });
});

test('anything else is reported in its own words', () => {
  expect(startupFailure({ code: 1, signal: null }, 'no such command')).toMatchObject({
    code: 'SERVER_EXITED',
    message: expect.stringContaining('no such command'),
  });
});
