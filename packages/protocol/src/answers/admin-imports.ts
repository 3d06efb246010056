import * as z from 'zod';

export const importState = z.enum([
  /** The file is being received. */
  'receiving',
  /** Its lines are read and compared. Nothing is written yet. */
  'checking',
  /** A dry run: what would change is counted. `confirm` has it done. */
  'previewed',
  /** More members would leave than `maxRemovedPercent`: `confirm` has it done. */
  'awaiting_confirmation',
  'writing',
  /** Everybody in the file is written; leavers go. */
  'removing',
  'done',
  /** Lines were wrong: nothing was written. */
  'rejected',
  /** Somebody gave it up; what was written by then stays. */
  'cancelled',
  /** Nobody confirmed it in time, or it was not received to its end: nothing was written. */
  'expired',
]);
export type ImportState = z.infer<typeof importState>;

/** An import and how far it is. */
export const importView = z.object({
  id: z.uuid(),
  state: importState,
  mode: z.enum(['upsert', 'replace']),
  dryRun: z.boolean(),
  partial: z.boolean(),
  leavers: z.enum(['suspend', 'erase']),
  maxRemovedPercent: z.number(),
  reason: z.string(),
  actor: z.string(),
  createdAt: z.number().int(),
  updatedAt: z.number().int(),
  /** The file in pieces of up to 1,000 lines, and how many of them the present state is through. */
  pieces: z.number().int(),
  piecesDone: z.number().int(),
  /** Members before it, and what it does to them. */
  membersBefore: z.number().int(),
  added: z.number().int(),
  changed: z.number().int(),
  unchanged: z.number().int(),
  leaving: z.number().int(),
  /** Lines that are wrong; `GET …/errors` lists the first thousand. */
  invalid: z.number().int(),
  written: z.number().int(),
  removed: z.number().int(),
});
export type ImportView = z.infer<typeof importView>;

export const importList = z.object({ imports: z.array(importView) });

/** What is wrong with a line. Nothing that the line says is repeated. */
export const importLineError = z.object({
  line: z.number().int(),
  /** The header of the column, or the name of the field; null where it is the line as a whole. */
  column: z.string().nullable(),
  /** Stable and meant for programs. */
  code: z.string(),
  hint: z.string(),
});
export type ImportLineError = z.infer<typeof importLineError>;

export const importErrors = z.object({ errors: z.array(importLineError) });
