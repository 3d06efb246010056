import * as z from 'zod';

/** One completion that FacePass called back with (B3). */
export const registrationEvent = z.object({
  sequence: z.number().int(),
  /** Names somebody who need not be a member. */
  person: z.string(),
  txId: z.string(),
  registered: z.boolean(),
  /** When it came, UTC milliseconds. */
  at: z.number().int(),
});
export type RegistrationEvent = z.infer<typeof registrationEvent>;

export const registrationEvents = z.object({
  /** Oldest first; the last one's `sequence` is where to go on. */
  registrations: z.array(registrationEvent),
});
