/** What became of the requests to the gateway. */
export const GATEWAY_RESULTS = [
  /** The signal is in the workflow's history. */
  'delivered',
  /** The workflow has ended or never was. */
  'gone',
  /** Told before, or one too many for its submission; nothing was sent. */
  'repeated',
  /** No token of ours. */
  'forged',
  /** A good token, and a body beyond 64 KiB. */
  'oversized',
  /** A good token, and a body that broke off. */
  'broken',
  /** Headers or body did not arrive in time. */
  'slow',
  /** Not HTTP. */
  'malformed',
  /** Temporal did not take the signal; answered with 503. */
  'unreachable',
  /** A fault of our own; answered with 500. */
  'fault',
] as const;
export type GatewayResult = (typeof GATEWAY_RESULTS)[number];

export type GatewayCounters = Readonly<Record<GatewayResult, number>>;

/** Counts since the gateway was started. */
export class GatewayCounts {
  readonly #counts = Object.fromEntries(GATEWAY_RESULTS.map((result) => [result, 0])) as Record<GatewayResult, number>;

  add(result: GatewayResult): void {
    this.#counts[result] += 1;
  }

  get counters(): GatewayCounters {
    return { ...this.#counts };
  }
}
