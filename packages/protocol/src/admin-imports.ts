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

/** `POST /admin/v1/members/imports/{id}/confirm`: how many leave, as the preview said. */
export const confirmImportRequest = z.strictObject({ leaving: z.number().int().min(0) });
export type ConfirmImportRequest = z.input<typeof confirmImportRequest>;
