/** The API client of a worker whose key can be revoked, and work again, while it runs. */
import { createImagePipelineApi, createUndiciTransport, type ImagePipelineApi } from '../../activities';

interface Key {
  isRevoked: boolean;
  /** POSTs that were sent with the revoked key. */
  readonly refused: () => number;
  /** For `startRig`; every request is sent, with the key as it is then. */
  readonly wrap: (baseUrl: () => string) => (real: ImagePipelineApi) => ImagePipelineApi;
  close(): Promise<void>;
}

export function revocableKey(): Key {
  const transport = createUndiciTransport();
  let refused = 0;
  const key: Key = {
    isRevoked: false,
    refused: () => refused,
    wrap: (baseUrl) => (real) => {
      const wrong = () =>
        createImagePipelineApi({ baseUrl: baseUrl(), apiKey: 'ip_live_revoked', transport: transport.send });
      return {
        submitLimitMs: real.submitLimitMs,
        accountTag: real.accountTag,
        upload: (...given) => real.upload(...given),
        submit: (operation, request) => {
          if (!key.isRevoked) return real.submit(operation, request);
          refused += 1;
          return wrong().submit(operation, request);
        },
        readStatus: (operation, jobId, signal) => (key.isRevoked ? wrong() : real).readStatus(operation, jobId, signal),
        openResult: (url, signal) => real.openResult(url, signal),
      };
    },
    close: () => transport.close(),
  };
  return key;
}
