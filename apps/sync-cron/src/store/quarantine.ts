import type { BlindIndex, DataCipher, MirrorStream, PersonReferences } from '@facepass-kit/protocol';
import { canonicalJson } from '../canonical-json.ts';
import type { UnreadableRow } from '../rows/record.ts';
import type { Statement } from './database.ts';
import { inParameters } from './in-parameters.ts';

/** An unreadable row as it is set aside: sealed, under a keyed fingerprint that makes it one row however often it is met. */
export interface QuarantineEntry {
  readonly fingerprint: string;
  readonly reason: string;
  readonly sealed: string;
  readonly personHmac: string | null;
}

/** A text of D1 may have 2 MB, and sealing makes four bytes of each letter; a larger row is set aside by its beginning. */
const MAX_SEALED_CHARACTERS = 100_000;

export interface QuarantineSealer {
  seal(row: UnreadableRow): Promise<QuarantineEntry>;
}

export function createQuarantineSealer(
  index: BlindIndex,
  cipher: DataCipher,
  people: PersonReferences,
): QuarantineSealer {
  return {
    async seal({ reason, row }) {
      const content = canonicalJson(row) ?? 'null';
      const fingerprint = await index.of('historyRow', content);
      const key =
        typeof row === 'object' && row !== null && 'merchantUserKey' in row ? row.merchantUserKey : null;
      return {
        fingerprint,
        reason,
        sealed: await cipher.seal(content.slice(0, MAX_SEALED_CHARACTERS), `quarantine:${fingerprint}`),
        // A number is read as its digits, as in rows that can be read.
        personHmac:
          (typeof key === 'string' && key !== '') || Number.isFinite(key)
            ? await people.hmac(String(key))
            : null,
      };
    },
  };
}

/** Sets rows aside once each; those of an erased person not at all. */
export function quarantineStatements(
  stream: MirrorStream,
  entries: readonly QuarantineEntry[],
  nowMs: number,
): Statement[] {
  return Array.from(
    inParameters(entries, ({ sealed }) => sealed.length),
    (some) => ({
      sql: `INSERT INTO quarantine (fingerprint, stream, reason, sealed, person_hmac, seen_at)
            SELECT value->>0, ?2, value->>1, value->>2, value->>3, ?3 FROM json_each(?1)
            WHERE NOT EXISTS (SELECT 1 FROM tombstones WHERE hmac = value->>3)
            ON CONFLICT (fingerprint) DO NOTHING`,
      params: [
        JSON.stringify(
          some.map(({ fingerprint, reason, sealed, personHmac }) => [
            fingerprint,
            reason,
            sealed,
            personHmac,
          ]),
        ),
        stream,
        nowMs,
      ],
    }),
  );
}
