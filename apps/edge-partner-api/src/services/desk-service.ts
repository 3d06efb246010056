import type {
  AccessExplanation,
  AreaPresence,
  DenyListEntry,
  denyRequest,
  explainRequest,
  LastDecision,
  PassListEntry,
  PersonReference,
  PersonReferences,
  passRequest,
} from '@facepass-kit/protocol';
import { jsonObject } from '@facepass-kit/protocol';
import type { z } from 'zod';
import { Refusal } from '../http/refusal.ts';
import type { DenyRecord, PassRecord } from '../store/guard-desk.ts';
import type { GuardPort } from '../store/guard-port.ts';
import type { MemberDirectory } from '../store/member-directory.ts';
import type { MemberReader } from './member-reader.ts';

/** What the people who run the doors do, in the words of the admin API: keys in the clear, for their eyes. */
export interface DeskService {
  denies(): Promise<DenyListEntry[]>;
  /** @throws Refusal 422 `UNKNOWN_ID` for zones or groups the release in force does not have */
  deny(request: z.output<typeof denyRequest>): Promise<DenyListEntry>;
  passes(): Promise<PassListEntry[]>;
  issuePass(request: z.output<typeof passRequest>): Promise<PassListEntry>;
  presence(areaId: string): Promise<AreaPresence>;
  /** How many people were declared to be outside. */
  resetPresence(areaId: string, merchantUserKey: string | undefined): Promise<number>;
  lastDecisions(limit: number): Promise<LastDecision[]>;
  explain(request: z.output<typeof explainRequest>, requestId: string): Promise<AccessExplanation>;
}

/** What stands for a key that can no longer be read: the person was erased. */
const GONE = '';

/** As many as are read in one go anywhere: a rush hour and more. */
const DECISIONS_LOOKED_AT = 5_000;

export interface DeskServiceOptions {
  readonly guard: GuardPort;
  readonly people: PersonReferences;
  readonly directory: MemberDirectory;
  readonly members: MemberReader;
}

export function createDeskService({ guard, people, directory, members }: DeskServiceOptions): DeskService {
  const keyOf = async (person: PersonReference): Promise<string> =>
    await people.open(person).catch(() => GONE);
  const denyView = async ({ id, subject, zones, until, reason }: DenyRecord): Promise<DenyListEntry> => ({
    id,
    merchantUserKey: subject.kind === 'member' ? await keyOf(subject.person) : null,
    group: subject.kind === 'group' ? subject.group : null,
    zones: zones === null ? null : [...zones],
    until,
    reason,
  });
  const passView = async ({ person, zones, ...rest }: PassRecord): Promise<PassListEntry> => ({
    ...rest,
    zones: [...zones],
    merchantUserKey: await keyOf(person),
  });

  /** The directory names members; the last decisions, others who came in, and everybody while D1 is down. */
  const keysOf = async (inside: readonly string[]): Promise<ReadonlyMap<string, string>> => {
    const keys = new Map(await directory.keysOf(inside).catch(() => []));
    const unknown = new Set(inside.filter((person) => !keys.has(person)));
    if (unknown.size === 0) return keys;
    const decisions = await guard.lastDecisions(DECISIONS_LOOKED_AT);
    const references = new Map(decisions.map(({ person }) => [person.hmac, person]));
    for (const person of unknown) {
      const reference = references.get(person);
      if (reference !== undefined) keys.set(person, await keyOf(reference));
    }
    return keys;
  };

  return {
    denies: async () => await Promise.all((await guard.denies()).map(denyView)),

    async deny({ merchantUserKey, group, zones, until, reason }) {
      const record: DenyRecord = {
        id: crypto.randomUUID(),
        subject:
          merchantUserKey === undefined
            ? { kind: 'group', group: group ?? '' }
            : { kind: 'member', person: await people.of(merchantUserKey) },
        zones: zones ?? null,
        until: until ?? null,
        reason,
      };
      refuseUnknown(await guard.deny(record));
      return await denyView(record);
    },

    passes: async () => await Promise.all((await guard.passes()).map(passView)),

    async issuePass({ merchantUserKey, zones, validFrom, validUntil, maxUses }) {
      const record = {
        id: crypto.randomUUID(),
        person: await people.of(merchantUserKey),
        zones,
        validFrom: validFrom ?? null,
        validUntil: validUntil ?? null,
        maxUses: maxUses ?? null,
      };
      refuseUnknown(await guard.issuePass(record));
      return await passView({ ...record, uses: 0 });
    },

    async presence(areaId) {
      const area = await guard.area(areaId);
      if (area === null) throw unknownArea();
      const keys = await keysOf(area.inside.map(({ person }) => person));
      return {
        areaId,
        maxOccupancy: area.maxOccupancy,
        occupancy: area.inside.length,
        inside: area.inside.map(({ person, since }) => ({
          merchantUserKey: keys.get(person) ?? GONE,
          since,
        })),
      };
    },

    async resetPresence(areaId, merchantUserKey) {
      const person = merchantUserKey === undefined ? null : await people.of(merchantUserKey);
      const left = await guard.resetArea(areaId, person);
      if (left === null) throw unknownArea();
      return left;
    },

    async lastDecisions(limit) {
      return await Promise.all(
        (await guard.lastDecisions(limit)).map(async ({ v: _, person, ...decision }) => ({
          ...decision,
          merchantUserKey: await keyOf(person),
        })),
      );
    },

    async explain({ merchantUserKey, params, siteId }, requestId) {
      const person = await people.of(merchantUserKey);
      const site = siteId ?? null;
      const livesElsewhere = members.livesElsewhere(site);
      // As at a door: found by the guard, or else asked for; what cannot be read is said to be so.
      const member = livesElsewhere
        ? await members.read(merchantUserKey, person, site).catch(() => 'unread' as const)
        : undefined;
      const question = { requestId, merchantUserKey, person, params, siteId: site, member, livesElsewhere };
      const { decision, texts, releaseHash, memberVersion, inputs } = await guard.explain(question);
      return {
        verified: decision.effect === 'permit',
        customMessage: texts.customMessage,
        code: texts.code,
        reason: decision.reason,
        siteId: decision.siteId,
        zoneId: decision.zoneId,
        areaId: decision.areaId,
        determining: [...decision.determining],
        releaseHash,
        memberVersion,
        remaining: decision.remaining,
        at: decision.atMs,
        inputs: jsonObject.parse(JSON.parse(JSON.stringify(inputs ?? {}))),
      };
    },
  };
}

function refuseUnknown(ids: readonly string[]): void {
  if (ids.length === 0) return;
  throw new Refusal(
    422,
    'UNKNOWN_ID',
    'The release in force does not have all of these.',
    ids.map((id) => ({ path: id, message: 'is not a zone or group of the release in force' })),
  );
}

function unknownArea(): Refusal {
  return new Refusal(404, 'UNKNOWN_AREA', 'The release in force has no such area.');
}
