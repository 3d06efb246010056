import { type GeneratedKeyPair, generateKeyPair } from '@facepass-kit/crypto';
import { importVendorKey, type VendorKey } from '../envelope/vendor-key.ts';
import type { Merchant } from './merchant.ts';
import type { World } from './world.ts';

/** A key pair as it is remembered. It protects nothing but a simulation. */
export interface VendorKeyRecord {
  readonly kid: string;
  readonly pair: GeneratedKeyPair;
  /** False once a rotation has taken it out of use. */
  readonly accepted: boolean;
}

/** The key that answers of rsa-public-key name, and all keys that still open what was sealed for them. */
export interface VendorKeyRing {
  readonly currentPublicKey: string;
  readonly accepted: readonly VendorKey[];
}

/** Imported keys by key id: the import costs more than the opening. */
const imported = new WeakMap<World, Map<string, Promise<VendorKey>>>();

/** The keys FacePass uses towards one merchant: its own after a rotation, else the pair that all share. */
export async function vendorKeysOf(world: World, merchant: Merchant): Promise<VendorKeyRing> {
  const own = merchant.keys.values();
  const records = own.length > 0 ? own : [await sharedKey(world)];
  const newest = records.at(-1);
  if (newest === undefined) throw new Error('A key ring is never empty.');
  const accepted = records.filter((record) => record.accepted).reverse();
  return {
    currentPublicKey: newest.pair.publicKeySpkiBase64,
    accepted: await Promise.all(accepted.map((record) => importOnce(world, record))),
  };
}

/**
 * Gives one merchant a new key pair. What was sealed for the former one is refused from now on, unless
 * `keepPrevious` says that it still opens.
 */
export async function rotateVendorKey(
  world: World,
  merchant: Merchant,
  keepPrevious: boolean,
): Promise<string> {
  if (merchant.keys.size === 0) {
    const shared = await sharedKey(world);
    merchant.keys.set(shared.kid, shared);
  }
  for (const record of merchant.keys.values()) {
    merchant.keys.set(record.kid, { ...record, accepted: record.accepted && keepPrevious });
  }
  const pair = await generateKeyPair();
  merchant.keys.set(pair.kid, { kid: pair.kid, pair, accepted: true });
  return pair.publicKeySpkiBase64;
}

/** Makes a pair the one that all merchants share, unless the world remembers another. */
export function useVendorKey(world: World, pair: GeneratedKeyPair): void {
  if (!world.keys.has('shared')) world.keys.set('shared', { kid: pair.kid, pair, accepted: true });
}

const pending = new WeakMap<World, Promise<VendorKeyRecord>>();

/** Generating an RSA pair takes far longer than anything else here, so a world makes one, when first needed. */
async function sharedKey(world: World): Promise<VendorKeyRecord> {
  const known = world.keys.get('shared');
  if (known !== undefined) return known;
  const underway = pending.get(world);
  if (underway !== undefined) return underway;
  const generated = generateKeyPair().then((pair) =>
    world.keys.set('shared', { kid: pair.kid, pair, accepted: true }),
  );
  pending.set(world, generated);
  try {
    return await generated;
  } finally {
    pending.delete(world);
  }
}

function importOnce(world: World, { kid, pair }: VendorKeyRecord): Promise<VendorKey> {
  const known = imported.get(world) ?? new Map<string, Promise<VendorKey>>();
  imported.set(world, known);
  const key = known.get(kid) ?? importVendorKey(pair.privateJwk);
  known.set(kid, key);
  return key;
}
