import type { FindingKind, ReconciledHour } from '@facepass-kit/protocol';
import { z } from 'zod';
import type { Database, Statement } from '../store/database.ts';
import {
  type AnsweredQuestion,
  agrees,
  LATEST_AFTER_MS,
  type Matching,
  match,
  type RecordedAttempt,
  sameCode,
} from './match.ts';

export const HOUR_MS = 3_600_000;

interface Finding {
  readonly kind: FindingKind;
  readonly at: number;
  readonly verificationId?: string;
  readonly decisionId?: string;
}

const questionRow = z.object({
  id: z.string(),
  at: z.number(),
  person_id: z.number(),
  params: z.string(),
  effect: z.string(),
  code: z.string().nullable(),
});
const attemptRow = z.object({
  id: z.string(),
  at: z.number(),
  person_id: z.number(),
  params: z.string().nullable(),
  status: z.string().nullable(),
  custom_code: z.string().nullable(),
});

/**
 * Compares one hour and keeps what it found, in place of what an earlier pass kept. Events a minute either side
 * are looked at too, so that nobody is accused for walking through at the full hour.
 */
export async function reconcileHour(
  database: Database,
  hourMs: number,
  pass: 1 | 2,
  nowMs: number,
): Promise<ReconciledHour> {
  const from = hourMs - 2 * LATEST_AFTER_MS;
  const until = hourMs + HOUR_MS + 2 * LATEST_AFTER_MS;
  const [questions, attempts, lacking] = await database.execute([
    {
      // A repeated question is the same permit; the first of them stands for all.
      sql: `SELECT id, at, person_id, params, effect, code FROM decisions
            WHERE at >= ?1 AND at < ?2 AND person_id > 0 AND repeat_of IS NULL`,
      params: [from, until],
    },
    {
      // Only what FacePass asks us about: a face it did not recognise never got as far.
      sql: `SELECT id, verified_at AS at, person_id, params, status, custom_code FROM verifications
            WHERE generation = (SELECT generation FROM streams WHERE stream = 'verifications')
              AND verified_at >= ?1 AND verified_at < ?2 AND person_id > 0 AND absent_at IS NULL
              AND (status = 'SUCCESS' OR result_code = 'MERCHANT_VALIDATION_FAILED')`,
      params: [from, until],
    },
    {
      sql: `SELECT coalesce(sum(gap), 0) AS lacking FROM (
              SELECT sequence - 1 - lag(sequence, 1, sequence - 1) OVER (PARTITION BY source ORDER BY sequence) AS gap
              FROM decisions WHERE at >= ?1 AND at < ?2 AND sequence IS NOT NULL)`,
      params: [from, until],
    },
  ]);
  const matching = match(
    (questions?.rows ?? []).map((row) => readQuestion(questionRow.parse(row))),
    (attempts?.rows ?? []).map((row) => readAttempt(attemptRow.parse(row))),
  );
  const inHour = ({ at }: { readonly at: number }): boolean => at >= hourMs && at < hourMs + HOUR_MS;
  const findings = findingsOf(matching).filter(inHour);
  const pairs = matching.pairs.filter(({ attempt }) => inHour(attempt));
  const report: ReconciledHour = {
    hourMs,
    decisions: (questions?.rows ?? []).filter((row) => inHour(questionRow.parse(row))).length,
    verifications: (attempts?.rows ?? []).filter((row) => inHour(attemptRow.parse(row))).length,
    matched: pairs.length,
    ambiguous: matching.ambiguous.attempts.filter(inHour).length,
    decisionsLacking: z.object({ lacking: z.number() }).parse(lacking?.rows[0]).lacking,
    clockOffsetMs: median(pairs.map(({ question, attempt }) => attempt.at - question.at)),
    findings: countByKind(findings),
  };
  await database.execute(keepStatements(report, findings, pass, nowMs));
  return report;
}

function findingsOf({ pairs, questions, attempts }: Matching): Finding[] {
  return [
    ...attempts.map(
      ({ id, at, entered }): Finding => ({
        kind: entered ? 'entry_not_asked' : 'denial_not_ours',
        at,
        verificationId: id,
      }),
    ),
    ...questions
      .filter(({ effect }) => effect === 'permit')
      .map(({ id, at }): Finding => ({ kind: 'permit_unused', at, decisionId: id })),
    ...pairs
      .filter(({ question, attempt }) => !agrees(question, attempt))
      .map(({ question, attempt }): Finding => {
        const permitted = question.effect === 'permit';
        const kind =
          permitted === attempt.entered && !sameCode(question.code, attempt.code)
            ? 'code_differs'
            : permitted
              ? 'denied_although_permitted'
              : 'entered_although_denied';
        return { kind, at: attempt.at, verificationId: attempt.id, decisionId: question.id };
      }),
  ];
}

function keepStatements(
  report: ReconciledHour,
  findings: readonly Finding[],
  pass: 1 | 2,
  nowMs: number,
): Statement[] {
  const { hourMs } = report;
  return [
    { sql: 'DELETE FROM findings WHERE hour_ms = ?1', params: [hourMs] },
    {
      sql: `INSERT INTO findings (hour_ms, kind, at, verification_id, decision_id)
            SELECT ?1, value->>0, value->>1, value->>2, value->>3 FROM json_each(?2)`,
      params: [
        hourMs,
        JSON.stringify(
          findings.map(({ kind, at, verificationId = '', decisionId = '' }) => [
            kind,
            at,
            verificationId,
            decisionId,
          ]),
        ),
      ],
    },
    {
      sql: `INSERT INTO reconciliations (hour_ms, pass, decisions, verifications, matched, ambiguous,
              decisions_lacking, clock_offset_ms, compared_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            ON CONFLICT (hour_ms) DO UPDATE SET pass = excluded.pass, decisions = excluded.decisions,
              verifications = excluded.verifications, matched = excluded.matched, ambiguous = excluded.ambiguous,
              decisions_lacking = excluded.decisions_lacking, clock_offset_ms = excluded.clock_offset_ms,
              compared_at = excluded.compared_at`,
      params: [
        hourMs,
        pass,
        report.decisions,
        report.verifications,
        report.matched,
        report.ambiguous,
        report.decisionsLacking,
        report.clockOffsetMs,
        nowMs,
      ],
    },
  ];
}

function readQuestion(row: z.infer<typeof questionRow>): AnsweredQuestion {
  const { id, at, person_id, effect, code } = row;
  return { id, at, personId: person_id, params: paramsText(row.params), effect, code };
}

function readAttempt(row: z.infer<typeof attemptRow>): RecordedAttempt {
  return {
    id: row.id,
    at: row.at,
    personId: row.person_id,
    params: paramsText(row.params ?? '{}'),
    entered: row.status === 'SUCCESS',
    code: row.custom_code,
  };
}

/** Parameters as the door rules compare them: as text, in one Unicode form; `10` equals `"10"`. */
function paramsText(json: string): string {
  const params: unknown = JSON.parse(json);
  if (typeof params !== 'object' || params === null) return json;
  return Object.entries(params)
    .map(([key, value]) => {
      const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
      return `${key.normalize('NFC')}=${text.normalize('NFC')}`;
    })
    .sort()
    .join('\n');
}

function countByKind(findings: readonly Finding[]): Partial<Record<FindingKind, number>> {
  const counts: Partial<Record<FindingKind, number>> = {};
  for (const { kind } of findings) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
