/** Results of the requests to the gateway. */
export const GATEWAY_RESULTS = [
  /** The signal is in the workflow's history. */
  'delivered',
  /** The workflow has ended or never existed. */
  'gone',
  /** Delivered before, or beyond the limit per submission; nothing was sent. */
  'repeated',
  /** The token is invalid. */
  'forged',
  /** A valid token, but a body above 64 KiB. */
  'oversized',
  /** A valid token, but an incomplete body. */
  'broken',
  /** Headers or body did not arrive in time. */
  'slow',
  /** Not HTTP. */
  'malformed',
  /** Temporal did not accept the signal; answered with 503. */
  'unreachable',
  /** A bug in the gateway; answered with 500. */
  'fault',
] as const;
export type GatewayResult = (typeof GATEWAY_RESULTS)[number];

export type GatewayCounters = Readonly<Record<GatewayResult, number>>;

/** Counts by result since the start of the gateway. */
export class GatewayCounts {
  readonly #counts = Object.fromEntries(GATEWAY_RESULTS.map((result) => [result, 0])) as Record<GatewayResult, number>;

  add(result: GatewayResult): void {
    this.#counts[result] += 1;
  }

  get counters(): GatewayCounters {
    return { ...this.#counts };
  }
}
