import * as z from 'zod';

const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');

/** `POST /admin/v1/members/imports`: what is to be done with the file in the body. */
export const importQuery = z.strictObject({
  /** `replace`: the file names everybody; whoever is not in it leaves. */
  mode: z.enum(['upsert', 'replace']).default('upsert'),
  /** Only count what would change; the import then waits for its confirmation. */
  dryRun: flag,
  /** Write the lines that are right even if others are not. Not together with `replace`. */
  partial: flag,
  /** What becomes of leavers: `suspend` keeps everything but the right to enter, `erase` cuts who they were. */
  leavers: z.enum(['suspend', 'erase']).default('suspend'),
  /** A replace in which a larger share of the members would leave waits for its confirmation. */
  maxRemovedPercent: z.coerce.number().min(0).max(100).default(10),
  /** In which a date without a time is meant. */
  utcOffset: z
    .string()
    .regex(/^[+-]\d{2}:\d{2}$/, 'expected an offset such as +09:00')
    .default('+09:00'),
  reason: z.string().max(1_000).default(''),
});
export type ImportQuery = z.input<typeof importQuery>;

export const importPath = z.object({ id: z.string().min(1).max(64) });

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

/** `POST /admin/v1/members/imports/{id}/confirm`: how many leave, as the preview said. */
export const confirmImportRequest = z.strictObject({ leaving: z.number().int().min(0) });
export type ConfirmImportRequest = z.input<typeof confirmImportRequest>;
