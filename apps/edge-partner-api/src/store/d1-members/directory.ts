import type { MemberDirectory } from '../member-directory.ts';
import { createMemberReads } from './reads.ts';
import type { Sealing } from './rows.ts';
import { createMemberWrites, type WriteOptions } from './writes.ts';

/** Members in D1: people named by HMAC, keys and identities sealed, look-ups by blind index. */
export function createD1MemberDirectory(
  db: D1Database,
  sealing: Sealing,
  options: WriteOptions = {},
): MemberDirectory {
  return { ...createMemberReads(db, sealing), ...createMemberWrites(db, sealing, options) };
}
