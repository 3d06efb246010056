import * as z from 'zod';

/** A token for the registration SDK, good for one hour. */
export const registrationTokenAnswer = z.object({ token: z.string(), txId: z.string().nullable() });
export type RegistrationTokenAnswer = z.infer<typeof registrationTokenAnswer>;

/** `POST /broker/v1/entry-token`: a token for the entry SDK, good for one hour. */
export const entryTokenAnswer = z.object({ token: z.string() });
export type EntryTokenAnswer = z.infer<typeof entryTokenAnswer>;
