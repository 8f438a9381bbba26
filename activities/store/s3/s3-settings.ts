/** Location and access settings of an S3 store. Credentials and region come from the AWS SDK's own chain. */

import { listProxies, type ProxyVariables } from '../../../workflows/domain/base/proxy-variables';
import { readProxies } from '../../network/proxies';

/** `s3://<bucket>/<prefix>` */
export interface S3Location {
  readonly bucket: string;
  /** Without leading or trailing slashes; may be empty. */
  readonly prefix: string;
}

export interface S3Access {
  /** Default: the AWS endpoint of the region. */
  readonly endpoint?: string;
  /** Whether the bucket is in the path instead of the host name. Default: only with a custom endpoint. */
  readonly pathStyle?: boolean;
  /** Whether S3 verifies checksums, by headers that some servers refuse. Default true. */
  readonly checksums?: boolean;
  /** Proxies by host. Default: none. */
  readonly proxies?: ProxyVariables;
}

type Variables = Readonly<Record<string, string | undefined>>;
type Note = (problem: string) => void;

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/**
 * Maximum length of the prefix, in characters. An object name has at most 1,024 bytes; names below the prefix take up
 * to 440.
 */
const MAX_PREFIX = 512;
const PREFIX_PART = /^(?!\.{1,2}$)[A-Za-z0-9!_.*'()-]+$/;

/** Messages never repeat an address that could contain a credential. */
export function parseS3Address(address: string, note: Note): S3Location {
  const [bucket = '', ...parts] = address.replace(/^s3:\/\//i, '').split('/');
  const prefix = parts.join('/').replace(/^\/+|\/+$/g, '');
  if (/[@?#]/.test(address)) {
    note(
      'must not carry a user, a query or a fragment; credentials come from the environment or profile of the AWS SDK',
    );
  } else if (!BUCKET.test(bucket)) {
    note(
      `names the bucket "${bucket}"; expected s3://bucket/prefix with a bucket of 3 to 63 lower-case letters, digits, "." and "-"`,
    );
  } else if (prefix !== '' && !prefix.split('/').every((part) => PREFIX_PART.test(part))) {
    note(`has the prefix "${prefix}"; use letters, digits and !_.*'()- between single slashes`);
  } else if (prefix.length > MAX_PREFIX) {
    note(`has a prefix of ${prefix.length} characters; expected at most ${MAX_PREFIX}`);
  }
  return { bucket, prefix };
}

/** Reads the IMAGEPIPELINE_S3_… variables; each problem begins with the variable's name. */
export function parseS3Access(env: Variables, note: Note): S3Access {
  const endpoint = env['IMAGEPIPELINE_S3_ENDPOINT']?.trim() || undefined;
  const pathStyle = env['IMAGEPIPELINE_S3_PATH_STYLE']?.trim() || undefined;
  const problem = endpoint === undefined ? null : findEndpointProblem(endpoint);
  if (problem !== null) note(`IMAGEPIPELINE_S3_ENDPOINT ${problem}`);
  if (pathStyle !== undefined && pathStyle !== 'true' && pathStyle !== 'false') {
    note(`IMAGEPIPELINE_S3_PATH_STYLE is "${pathStyle}"; expected true or false`);
  }
  const checksums = env['IMAGEPIPELINE_S3_CHECKSUMS']?.trim() || undefined;
  if (checksums !== undefined && checksums !== 'on' && checksums !== 'off') {
    note(`IMAGEPIPELINE_S3_CHECKSUMS is "${checksums}"; expected on or off`);
  }
  // Follows the AWS SDK's own variable, which the SDK does not apply to headers set per request.
  const isOff =
    checksums === undefined && /^when_required$/i.test(env['AWS_REQUEST_CHECKSUM_CALCULATION']?.trim() ?? '');
  const problems: string[] = [];
  const proxies = readProxies(env, problems);
  for (const one of problems) note(one);
  return {
    ...(listProxies(proxies).length === 0 ? {} : { proxies }),
    ...(checksums === 'off' || isOff ? { checksums: false } : {}),
    ...(endpoint === undefined ? {} : { endpoint: endpoint.replace(/\/+$/, '') }),
    ...(pathStyle === undefined ? {} : { pathStyle: pathStyle === 'true' }),
  };
}

function findEndpointProblem(value: string): string | null {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url !== null && (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')) {
    return 'must not carry a user, a query or a fragment; credentials come from the environment or profile of the AWS SDK';
  }
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    return 'is not an http or https URL; expected one like https://s3.example.com';
  }
  return null;
}

export function s3Address({ bucket, prefix }: S3Location): string {
  return prefix === '' ? `s3://${bucket}` : `s3://${bucket}/${prefix}`;
}
