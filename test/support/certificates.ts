/** Certificates made for a test, by Node's own cryptography: X.509 version 3 over P-256, in DER. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export interface Certified {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

interface Authority extends Certified {
  readonly name: string;
  readonly privateKey: KeyObject;
}

interface CertificateOptions {
  readonly authority: Authority;
  /** Host names that it is for. */
  readonly names?: readonly string[];
  /** IPv4 addresses that it is for. */
  readonly addresses?: readonly string[];
  /** Default: tomorrow. */
  readonly until?: Date;
}

const DAY_MS = 86_400_000;
const TAG = { integer: 2, bits: 3, octets: 4, oid: 6, utf8: 12, time: 24, sequence: 48, set: 49 } as const;
/** Dotted numbers as DER has them. */
const OID = {
  ecdsaWithSha256: '2a8648ce3d040302',
  commonName: '550403',
  basicConstraints: '551d13',
  alternativeNames: '551d11',
} as const;
const SIGNED_BY = sequence(oid(OID.ecdsaWithSha256));
const TRUE = Buffer.from('0101ff', 'hex');

export function makeAuthority(name = 'an authority of the tests'): Authority {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const isAuthority = sequence(oid(OID.basicConstraints), TRUE, der(TAG.octets, sequence(TRUE)));
  const cert = certificate(
    { subject: name, publicKey, extensions: [isAuthority], until: tomorrow() },
    name,
    privateKey,
  );
  return { name, privateKey, cert, key: toPem(privateKey) };
}

/** A certificate of a server, signed by an authority. */
export function makeCertificate(options: CertificateOptions): Certified {
  const { authority, names = [], addresses = [], until = tomorrow() } = options;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const alternatives = [
    ...names.map((name) => der(0x82, Buffer.from(name))),
    ...addresses.map((address) => der(0x87, Buffer.from(address.split('.').map(Number)))),
  ];
  const extension = sequence(oid(OID.alternativeNames), der(TAG.octets, sequence(...alternatives)));
  const about = { subject: 'a server of the tests', publicKey, extensions: [extension], until };
  return { cert: certificate(about, authority.name, authority.privateKey), key: toPem(privateKey) };
}

interface About {
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Buffer[];
  readonly until: Date;
}

let serial = 1;

function certificate({ subject, publicKey, extensions, until }: About, issuer: string, signer: KeyObject): string {
  serial += 1;
  const from = new Date(Math.min(Date.now(), until.getTime()) - DAY_MS);
  const body = sequence(
    der(0xa0, der(TAG.integer, Buffer.from([2]))),
    der(TAG.integer, Buffer.from([serial & 0x7f])),
    SIGNED_BY,
    encodeName(issuer),
    sequence(encodeTime(from), encodeTime(until)),
    encodeName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = der(TAG.bits, Buffer.concat([Buffer.from([0]), sign('sha256', body, signer)]));
  const base64 = sequence(body, SIGNED_BY, signature).toString('base64');
  // No empty line at the end, which is no PEM: a signature may have any of several lengths.
  const lines = base64.match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function encodeName(text: string): Buffer {
  return sequence(der(TAG.set, sequence(oid(OID.commonName), der(TAG.utf8, Buffer.from(text)))));
}

function encodeTime(date: Date): Buffer {
  return der(TAG.time, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`));
}

function oid(hex: string): Buffer {
  return der(TAG.oid, Buffer.from(hex, 'hex'));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(TAG.sequence, Buffer.concat(parts));
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function toPem(key: KeyObject): string {
  return String(key.export({ type: 'pkcs8', format: 'pem' }));
}

function tomorrow(): Date {
  return new Date(Date.now() + DAY_MS);
}
