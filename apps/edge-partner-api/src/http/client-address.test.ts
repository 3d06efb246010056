import { describe, expect, it } from 'vitest';
import { isWithin, parseBlock } from './client-address.ts';

const within = (address: string, ...blocks: string[]): boolean => isWithin(address, blocks.map(parseBlock));

describe('source addresses', () => {
  it.each([
    ['203.0.113.7', '203.0.113.0/24'],
    ['203.0.113.7', '203.0.113.7'],
    ['203.0.113.129', '203.0.113.128/25'],
    ['198.51.100.1', '0.0.0.0/0'],
    ['2001:db8::1', '2001:db8::/32'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8:8000::1', '2001:db8:8000::/33'],
    ['::ffff:203.0.113.7', '203.0.113.0/24'],
    ['203.0.113.7', '::ffff:cb00:7107'],
  ])('%s is within %s', (address, block) => {
    expect(within(address, block)).toBe(true);
  });

  it.each([
    ['203.0.114.7', '203.0.113.0/24'],
    ['203.0.113.127', '203.0.113.128/25'],
    ['2001:db9::1', '2001:db8::/32'],
    ['203.0.113.7', '::/0'],
    ['::1', '0.0.0.0/0'],
    ['', '0.0.0.0/0'],
    ['203.0.113.7, 10.0.0.1', '0.0.0.0/0'],
    ['203.0.113.07', '203.0.113.0/24'],
    ['0x7f.0.0.1', '0.0.0.0/0'],
    ['1::2::3', '::/0'],
    ['1:2:3:4:5:6:7:8:9', '::/0'],
    ['fe80::1%eth0', '::/0'],
  ])('%s is not within %s', (address, block) => {
    expect(within(address, block)).toBe(false);
  });

  it.each([
    '',
    '203.0.113.0/33',
    '2001:db8::/129',
    '203.0.113.0/',
    '203.0.113.0/24/8',
    'facepass.test',
    '1/-1',
  ])('refuses %j as a block', (text) => {
    expect(() => parseBlock(text)).toThrow(RangeError);
  });
});
