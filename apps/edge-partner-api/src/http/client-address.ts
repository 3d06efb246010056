/**
 * Source addresses as CIDR blocks, IPv4 and IPv6 (RFC 4632, RFC 4291). An IPv4 address mapped into IPv6 is the
 * IPv4 address.
 */
export interface AddressBlock {
  readonly bytes: readonly number[];
  readonly prefixBits: number;
}

/** Where an IPv4 address stands in the IPv6 address it is mapped into. */
const MAPPED_PREFIX_BITS = 96;

/** @throws RangeError for anything that is not an address or a block. */
export function parseBlock(text: string): AddressBlock {
  const [address = '', length, ...rest] = text.split('/');
  const bytes = parseAddress(address);
  const bits = bytes === null ? 0 : bytes.length * 8;
  // Written as IPv6, a mapped block counts its length from the first bit of the IPv6 address.
  const mappedBits = bytes?.length === 4 && address.includes(':') ? MAPPED_PREFIX_BITS : 0;
  const prefixBits = length === undefined ? bits : Number(length) - mappedBits;
  const valid = /^\d{1,3}$/.test(length ?? '0') && prefixBits >= 0 && prefixBits <= bits && rest.length === 0;
  if (bytes === null || !valid)
    throw new RangeError('expected addresses or CIDR blocks such as 203.0.113.0/24');
  return { bytes, prefixBits };
}

export function isWithin(address: string, blocks: readonly AddressBlock[]): boolean {
  const bytes = parseAddress(address);
  return bytes !== null && blocks.some((block) => contains(block, bytes));
}

function contains({ bytes, prefixBits }: AddressBlock, address: readonly number[]): boolean {
  if (bytes.length !== address.length) return false;
  for (let bit = 0; bit < prefixBits; bit += 8) {
    const index = bit / 8;
    const mask = 0xff & (0xff << Math.max(0, 8 - (prefixBits - bit)));
    if (((bytes[index] ?? 0) & mask) !== ((address[index] ?? 0) & mask)) return false;
  }
  return true;
}

/** The 4 or 16 bytes of an address, or null. */
function parseAddress(text: string): number[] | null {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): number[] | null {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part))) return null;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : null;
}

function parseIpv6(text: string): number[] | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [head, tail] = halves.map(groupsOf);
  if (head === null || head === undefined || tail === null) return null;
  const missing = 16 - head.length - (tail?.length ?? 0);
  if (halves.length === 1 ? missing !== 0 : missing < 2) return null;
  const bytes = [...head, ...Array<number>(missing).fill(0), ...(tail ?? [])];
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  return mapped ? bytes.slice(12) : bytes;
}

function groupsOf(half: string): number[] | null {
  if (half === '') return [];
  const bytes: number[] = [];
  const groups = half.split(':');
  for (const [position, group] of groups.entries()) {
    const dotted = position === groups.length - 1 && group.includes('.') ? parseIpv4(group) : undefined;
    if (dotted === null) return null;
    if (dotted !== undefined) bytes.push(...dotted);
    else if (/^[0-9a-f]{1,4}$/i.test(group))
      bytes.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff);
    else return null;
  }
  return bytes;
}
