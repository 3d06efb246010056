import type { AdmissionKeys, AreaView, Change, DenyEntry, GuardView, Pass } from '@facepass-kit/access';
import type { SiteModes } from './site-modes.ts';

/** What rules remember between questions: permits, counts, passes, denials, presence. */
export interface RuleMemory {
  /** The slice of the state one question depends on. */
  view(keys: AdmissionKeys, decisionId: string): GuardView;
  apply(changes: readonly Change[]): void;
  /** Deletes what no question can depend on any more. */
  compact(instantMs: number): void;
}

/** Areas are emptied daily, so nothing older than a day and an hour of clock change counts; twice that is kept. */
const PRESENCE_KEPT_MS = 50 * 60 * 60_000;

/** Half of a day's questions at most sits under one counter key; a `validity` counter has no end of its own. */
type PermitRow = { decision_id: string; at: number };
type CounterRow = { key: string; value: number };
type DenyRow = { id: string; kind: string; subject: string; zones: string | null; until: number | null };
type PassRow = {
  id: string;
  person: string;
  zones: string;
  valid_from: number | null;
  valid_until: number | null;
  max_uses: number | null;
  uses: number;
};
type PresenceRow = { decision_id: string; direction: 'in' | 'out'; at: number };

export function createRuleMemory(sql: SqlStorage, modes: SiteModes): RuleMemory {
  const lastPermit = ({ merchantUserKey, repeat }: AdmissionKeys): GuardView['lastPermit'] => {
    if (repeat === null) return null;
    const [row] = sql
      .exec<PermitRow>(
        'SELECT decision_id, at FROM last_permits WHERE person = ? AND zone_id = ? AND at >= ?',
        merchantUserKey,
        repeat.zoneId,
        repeat.sinceMs,
      )
      .toArray();
    return row === undefined ? null : { decisionId: row.decision_id, atMs: row.at };
  };

  const counters = (keys: readonly string[]): Record<string, number> => {
    if (keys.length === 0) return {};
    const rows = sql.exec<CounterRow>(
      'SELECT counters.key, counters.value FROM json_each(?) AS wanted JOIN counters ON counters.key = wanted.value',
      JSON.stringify(keys),
    );
    return Object.fromEntries(rows.toArray().map(({ key, value }) => [key, value]));
  };

  const denies = ({ merchantUserKey, groups }: AdmissionKeys): DenyEntry[] =>
    sql
      .exec<DenyRow>(
        `SELECT id, kind, subject, zones, until FROM denies WHERE (kind = 'member' AND subject = ?1)
           OR (kind = 'group' AND subject IN (SELECT value FROM json_each(?2)))`,
        merchantUserKey,
        JSON.stringify(groups),
      )
      .toArray()
      .map(readDeny);

  const passes = (merchantUserKey: string): Pass[] =>
    sql.exec<PassRow>('SELECT * FROM passes WHERE person = ?', merchantUserKey).toArray().map(readPass);

  const area = (merchantUserKey: string, wanted: NonNullable<AdmissionKeys['area']>): AreaView => {
    const { areaId, sinceMs, companionsSinceMs } = wanted;
    const [latest] = sql
      .exec<PresenceRow>(
        `SELECT decision_id, direction, at FROM presence_events WHERE area_id = ? AND person = ? AND at >= ?
         ORDER BY at DESC, number DESC LIMIT 1`,
        areaId,
        merchantUserKey,
        sinceMs,
      )
      .toArray();
    const inside = sql
      .exec<{ n: number }>(
        "SELECT count(*) AS n FROM presence WHERE area_id = ? AND direction = 'in' AND at >= ?",
        areaId,
        sinceMs,
      )
      .one().n;
    const first = sql
      .exec<{ at: number | null }>(
        'SELECT min(at) AS at FROM first_persons WHERE area_id = ? AND at >= ?',
        areaId,
        sinceMs,
      )
      .one().at;
    const companions =
      companionsSinceMs === null
        ? []
        : sql
            .exec<{ person: string; at: number }>(
              'SELECT person, at FROM companions WHERE area_id = ? AND person <> ? AND at >= ?',
              areaId,
              merchantUserKey,
              companionsSinceMs,
            )
            .toArray();
    return {
      presence:
        latest === undefined
          ? null
          : { decisionId: latest.decision_id, direction: latest.direction, atMs: latest.at },
      occupancy: inside,
      firstPersonAtMs: first,
      companions: companions.map(({ person, at }) => ({ merchantUserKey: person, atMs: at })),
    };
  };

  /** Brings the latest-event row of a member in an area up to its events. */
  const settle = (areaId: string, person: string): void => {
    sql.exec('DELETE FROM presence WHERE area_id = ? AND person = ?', areaId, person);
    sql.exec(
      `INSERT INTO presence (area_id, person, direction, at)
       SELECT area_id, person, direction, at FROM presence_events WHERE area_id = ? AND person = ?
       ORDER BY at DESC, number DESC LIMIT 1`,
      areaId,
      person,
    );
  };

  const forget = (decisionId: string): void => {
    const events = sql
      .exec<{ area_id: string; person: string }>(
        'DELETE FROM presence_events WHERE decision_id = ? RETURNING area_id, person',
        decisionId,
      )
      .toArray();
    for (const { area_id, person } of events) settle(area_id, person);
    sql.exec('DELETE FROM first_persons WHERE decision_id = ?', decisionId);
    sql.exec('DELETE FROM last_permits WHERE decision_id = ?', decisionId);
  };

  const applyOne = (change: Change): void => {
    switch (change.kind) {
      case 'permit':
        sql.exec(
          'INSERT OR REPLACE INTO last_permits (person, zone_id, decision_id, at, expires_at) VALUES (?, ?, ?, ?, ?)',
          change.merchantUserKey,
          change.zoneId,
          change.decisionId,
          change.atMs,
          change.expiresAtMs,
        );
        return;
      case 'count':
        sql.exec(
          `INSERT INTO counters (key, value, expires_at) VALUES (?1, max(?2, 0), ?3)
           ON CONFLICT (key) DO UPDATE SET value = max(value + ?2, 0), expires_at = excluded.expires_at`,
          change.key,
          change.by,
          change.expiresAtMs,
        );
        return;
      case 'pass':
        sql.exec('UPDATE passes SET uses = max(uses + ?, 0) WHERE id = ?', change.by, change.passId);
        return;
      case 'presence':
        sql.exec(
          'INSERT INTO presence_events (area_id, person, decision_id, direction, at) VALUES (?, ?, ?, ?, ?)',
          change.areaId,
          change.merchantUserKey,
          change.decisionId,
          change.direction,
          change.atMs,
        );
        settle(change.areaId, change.merchantUserKey);
        return;
      case 'firstPerson':
        sql.exec(
          'INSERT OR IGNORE INTO first_persons (area_id, at, decision_id) VALUES (?, ?, ?)',
          change.areaId,
          change.atMs,
          change.decisionId,
        );
        return;
      case 'companion':
        sql.exec(
          'INSERT OR REPLACE INTO companions (area_id, person, at, expires_at) VALUES (?, ?, ?, ?)',
          change.areaId,
          change.merchantUserKey,
          change.atMs,
          change.expiresAtMs,
        );
        return;
      case 'forget':
        forget(change.decisionId);
        return;
      default:
        change satisfies never;
    }
  };

  return {
    view: (keys, decisionId) => ({
      decisionId,
      mode: keys.siteId === null ? null : modes.of(keys.siteId),
      denies: denies(keys),
      lastPermit: lastPermit(keys),
      counters: counters(keys.counters),
      passes: keys.passes ? passes(keys.merchantUserKey) : [],
      area: keys.area === null ? null : area(keys.merchantUserKey, keys.area),
    }),
    apply(changes) {
      for (const change of changes) applyOne(change);
    },
    compact(instantMs) {
      sql.exec('DELETE FROM last_permits WHERE expires_at <= ?', instantMs);
      sql.exec('DELETE FROM companions WHERE expires_at <= ?', instantMs);
      sql.exec('DELETE FROM counters WHERE expires_at <= ?', instantMs);
      sql.exec('DELETE FROM presence_events WHERE at < ?', instantMs - PRESENCE_KEPT_MS);
      sql.exec('DELETE FROM presence WHERE at < ?', instantMs - PRESENCE_KEPT_MS);
      sql.exec('DELETE FROM first_persons WHERE at < ?', instantMs - PRESENCE_KEPT_MS);
    },
  };
}

function readDeny({ id, kind, subject, zones, until }: DenyRow): DenyEntry {
  return {
    id,
    subject:
      kind === 'group' ? { kind: 'group', group: subject } : { kind: 'member', merchantUserKey: subject },
    zones: zones === null ? null : readTexts(zones),
    untilMs: until,
  };
}

function readPass(row: PassRow): Pass {
  return {
    id: row.id,
    merchantUserKey: row.person,
    zones: readTexts(row.zones),
    validFromMs: row.valid_from,
    validUntilMs: row.valid_until,
    maxUses: row.max_uses,
    uses: row.uses,
  };
}

function readTexts(json: string): string[] {
  // Zone lists are written by this Worker from validated requests.
  return JSON.parse(json) as string[];
}
