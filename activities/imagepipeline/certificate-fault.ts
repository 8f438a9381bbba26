/** Recognises TLS certificate errors of the peer. Retrying does not fix them, and nothing was sent. */

const UNKNOWN_AUTHORITY = 'is signed by an authority that this host does not trust';
const OR_CLOCK = 'or the clock of this host is wrong';

/** Descriptions by Node and OpenSSL error code. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ['CERT_HAS_EXPIRED', `has expired, ${OR_CLOCK}`],
  ['CERT_NOT_YET_VALID', `is not valid yet, ${OR_CLOCK}`],
  ['CERT_REVOKED', 'was revoked'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'is self-signed'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'is for another name'],
  ['HOSTNAME_MISMATCH', 'is for another name'],
  ['SELF_SIGNED_CERT_IN_CHAIN', UNKNOWN_AUTHORITY],
  ['UNABLE_TO_GET_ISSUER_CERT', UNKNOWN_AUTHORITY],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNKNOWN_AUTHORITY],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', UNKNOWN_AUTHORITY],
]);
/** Families of codes: OpenSSL has dozens. */
const CODE =
  /^(?:(?:CERT|CRL|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|ERR_TLS_CERT)_\w+|(?:INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|PATH_LENGTH_EXCEEDED))$/;

/** Describes the certificate problem, without the host name; `null` for any other error. */
export function describeCertificateFault(error: unknown): string | null {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (typeof code !== 'string' || !CODE.test(code)) return null;
  return `the certificate of the server ${WORDS.get(code) ?? 'is not valid'} (${code})`;
}
