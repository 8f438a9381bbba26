/** Addresses of private networks. A URL in a provider's answer must not make a worker send requests there. */
import { lookup as resolve } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

const PRIVATE_IPV4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // Link-local, including cloud metadata services.
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const;
const PRIVATE_IPV6 = [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const;

const PRIVATE = new BlockList();
for (const [net, prefix] of PRIVATE_IPV4) PRIVATE.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of PRIVATE_IPV6) PRIVATE.addSubnet(net, prefix, 'ipv6');

/** The host is, or resolves to, an address of a private network. */
export class PrivateAddress extends Error {
  override readonly name = 'PrivateAddress';

  constructor(host: string) {
    super(
      `${host} is an address of a private network; IMAGEPIPELINE_ALLOW_PRIVATE_RESULTS=on allows results from there`,
    );
  }
}

/** Whether the text is a private IP address; handles IPv4-mapped IPv6. */
export function isPrivateAddress(address: string): boolean {
  return PRIVATE.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
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
