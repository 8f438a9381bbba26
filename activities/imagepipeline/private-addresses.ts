/** Addresses of private networks. A URL in a provider's answer must not make a worker send requests there. */
import { lookup as resolve } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Not reachable from the internet, by the registries of special addresses that IANA keeps, or of no use there. */
const PRIVATE_IPV4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // Link-local, including cloud metadata services.
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  // Documentation, here and in two more.
  ['192.0.2.0', 24],
  // Relays of 6to4.
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  // Benchmarks.
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const;
/** Public addresses are in 2000::/3, and IPv4 addresses in the forms of `IPV4_IN_IPV6`. */
const PRIVATE_IPV6 = [
  // Unspecified, loopback, IPv4-compatible.
  ['::', 96],
  // IPv4-translated.
  ['::ffff:0:0:0', 96],
  // NAT64 of a local network.
  ['64:ff9b:1::', 48],
  ['100::', 8],
  ['200::', 7],
  ['400::', 6],
  ['800::', 5],
  ['1000::', 4],
  // Protocols, among them Teredo and benchmarks.
  ['2001::', 23],
  ['2001:db8::', 32],
  ['3fff::', 20],
  // Not assigned.
  ['4000::', 2],
  // Not assigned, unique local, link-local, site-local, multicast.
  ['8000::', 1],
] as const;
/** IPv6 networks that lead to the IPv4 address after their first bits: NAT64 and 6to4. `BlockList` itself handles IPv4-mapped ones. */
const IPV4_IN_IPV6 = [
  { bits: 96, embed: (high: string, low: string) => `64:ff9b::${high}:${low}` },
  { bits: 16, embed: (high: string, low: string) => `2002:${high}:${low}::` },
] as const;

const PRIVATE = new BlockList();
for (const [net, prefix] of PRIVATE_IPV6) PRIVATE.addSubnet(net, prefix, 'ipv6');
for (const [net, prefix] of PRIVATE_IPV4) {
  PRIVATE.addSubnet(net, prefix, 'ipv4');
  const bytes = Buffer.from(net.split('.').map(Number)).toString('hex');
  for (const { bits, embed } of IPV4_IN_IPV6)
    PRIVATE.addSubnet(embed(bytes.slice(0, 4), bytes.slice(4)), bits + prefix, 'ipv6');
}

/** The host is, or resolves to, an address of a private network. */
export class PrivateAddress extends Error {
  override readonly name = 'PrivateAddress';

  constructor(host: string) {
    super(
      `${host} is an address of a private network; IMAGEPIPELINE_ALLOW_PRIVATE_RESULTS=on allows results from there`,
    );
  }
}

/** Whether the text is a private IP address, or an IPv6 address that leads to one. */
export function isPrivateAddress(address: string): boolean {
  // The zone of an address says which of this machine's links leads there.
  const [bare = address] = address.split('%');
  return PRIVATE.check(bare, isIP(bare) === 6 ? 'ipv6' : 'ipv4');
}

/** @throws PrivateAddress if the host is a private IP address; names are checked when they are resolved */
export function refusePrivateHost(host: string): void {
  const bare = host.replace(/^\[|\]$/g, '');
  if (isIP(bare) !== 0 && isPrivateAddress(bare)) throw new PrivateAddress(bare);
}

/**
 * Resolves a name while connecting and checks the result, because a later DNS answer may differ from an earlier one.
 */
export const lookupPublic: LookupFunction = (host, options, callback) => {
  resolve(host, options, (error, address, family) => {
    const found = Array.isArray(address) ? address.map((one) => one.address) : [address];
    if (error === null && found.some(isPrivateAddress)) callback(new PrivateAddress(host), address, family);
    else callback(error, address, family);
  });
};
