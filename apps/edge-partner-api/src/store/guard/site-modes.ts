import type { SiteMode } from '@facepass-kit/access';

export interface SiteModeCommand {
  readonly siteId: string;
  readonly mode: SiteMode['mode'];
  /** When the mode falls back to normal, UTC milliseconds; null: until it is set again. */
  readonly until: number | null;
  readonly reason: string;
}

export interface SiteModes {
  set(command: SiteModeCommand, atMs: number): void;
  /** The mode a site was set to, or null where it is normal. Whether its time is over, the rules judge. */
  of(siteId: string): SiteMode | null;
  all(): Row[];
}

type Row = {
  site_id: string;
  mode: SiteMode['mode'];
  until: number | null;
  reason: string;
  set_at: number;
};

export function createSiteModes(sql: SqlStorage): SiteModes {
  // Asked at every question, written by hand a few times a year: read once, and written through.
  const rows = new Map(
    sql
      .exec<Row>('SELECT * FROM site_modes')
      .toArray()
      .map((row) => [row.site_id, row]),
  );
  return {
    set({ siteId, mode, until, reason }, atMs) {
      if (mode === 'normal') {
        sql.exec('DELETE FROM site_modes WHERE site_id = ?', siteId);
        rows.delete(siteId);
        return;
      }
      sql.exec(
        `INSERT INTO site_modes (site_id, mode, until, reason, set_at) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (site_id) DO UPDATE SET mode = excluded.mode, until = excluded.until,
           reason = excluded.reason, set_at = excluded.set_at`,
        siteId,
        mode,
        until,
        reason,
        atMs,
      );
      rows.set(siteId, { site_id: siteId, mode, until, reason, set_at: atMs });
    },
    of(siteId) {
      const row = rows.get(siteId);
      return row === undefined ? null : { siteId, mode: row.mode, untilMs: row.until, exemptGroups: null };
    },
    all: () => [...rows.values()],
  };
}
