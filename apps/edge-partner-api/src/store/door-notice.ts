import type { DenyEntry, SiteMode } from '@facepass-kit/access';

/** What doors that do not ask the guard have to know: the rules in force, and who and what is shut. May lag. */
export interface DoorNotice {
  readonly hash: string;
  readonly version: number;
  readonly modes: readonly SiteMode[];
  /** People are HMACs. */
  readonly denies: readonly DenyEntry[];
}

export interface DoorNotices {
  read(): Promise<DoorNotice | null>;
  write(notice: DoorNotice): Promise<void>;
}

const KEY = 'doors';
/** The shortest KV allows: a lockdown must not wait for a location's own copy. */
const KV_CACHE_SECONDS = 30;

export function createKvDoorNotices(kv: KVNamespace): DoorNotices {
  return {
    // Written by `write` below, and by nothing else.
    read: async () => await kv.get<DoorNotice>(KEY, { type: 'json', cacheTtl: KV_CACHE_SECONDS }),
    write: async (notice) => await kv.put(KEY, JSON.stringify(notice)),
  };
}
