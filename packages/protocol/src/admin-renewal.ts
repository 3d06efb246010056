import * as z from 'zod';

/** `POST /admin/v1/renewal` */
export const renewalRequest = z.strictObject({ reason: z.string().min(1).max(1_000) });
