/** Connections that fail for the certificate of the other side: no time heals that, and nothing was sent. */

const UNKNOWN_AUTHORITY = 'comes from an authority that this host does not know';
const OR_CLOCK = 'or the clock of this host is wrong';

/** By the codes of Node and OpenSSL. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ['CERT_HAS_EXPIRED', `has expired, ${OR_CLOCK}`],
  ['CERT_NOT_YET_VALID', `is not valid yet, ${OR_CLOCK}`],
  ['CERT_REVOKED', 'was revoked'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'is signed by itself'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'is for another name'],
  ['HOSTNAME_MISMATCH', 'is for another name'],
  ['SELF_SIGNED_CERT_IN_CHAIN', UNKNOWN_AUTHORITY],
  ['UNABLE_TO_GET_ISSUER_CERT', UNKNOWN_AUTHORITY],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNKNOWN_AUTHORITY],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', UNKNOWN_AUTHORITY],
]);
/** Their families, since OpenSSL has some dozens. */
const CODE =
  /^(?:(?:CERT|CRL|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|ERR_TLS_CERT)_\w+|(?:INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|PATH_LENGTH_EXCEEDED))$/;

/** What is wrong with the certificate, without a name of the host; `null` for any other error. */
export function describeCertificateFault(error: unknown): string | null {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (typeof code !== 'string' || !CODE.test(code)) return null;
  return `the certificate of the other side ${WORDS.get(code) ?? 'is not valid'} (${code})`;
}
