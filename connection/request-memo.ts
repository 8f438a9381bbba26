/** The memo field with the hash of the request that a workflow was started for. */
export const REQUEST_MEMO = 'requestHash';

/** Whether a workflow was started for another request. Returns false if it has no hash. */
export function isOtherRequest(memo: Readonly<Record<string, unknown>> | undefined, requestHash: string): boolean {
  const first = memo?.[REQUEST_MEMO];
  return first !== undefined && first !== requestHash;
}
