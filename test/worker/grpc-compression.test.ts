import type { NativeConnectionOptions } from '@temporalio/worker';
import { withoutCostlyCompression } from '../../worker/grpc-compression';

const address = 'temporal:7233';

test.each<[string, NativeConnectionOptions, 'none' | undefined]>([
  ['without TLS', { address }, 'none'],
  ['with TLS turned off', { address, tls: false, apiKey: 'key' }, 'none'],
  ['with TLS', { address, tls: {} }, undefined],
  ['with an API key, which turns TLS on', { address, apiKey: 'key' }, undefined],
])('%s', (_how, options, codec) => {
  expect(withoutCostlyCompression(options)).toEqual({
    ...options,
    ...(codec === undefined ? {} : { grpcCompression: { codec } }),
  });
});

test('a choice of the caller counts', () => {
  const options = { address, grpcCompression: { codec: 'gzip' } } as const;
  expect(withoutCostlyCompression(options)).toEqual(options);
});
