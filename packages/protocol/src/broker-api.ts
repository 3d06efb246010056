import * as z from 'zod';

/**
 * `POST /broker/v1/registration-token`: what the directory does not know of the member. Whatever it does know
 * counts, whatever is sent.
 */
export const registrationTokenRequest = z.strictObject({
  name: z.string().min(1).max(50).optional(),
  phoneNumber: z
    .string()
    .regex(/^\d{10,11}$/, 'expected 10 or 11 digits')
    .optional(),
  email: z.email().max(50).optional(),
  birthDate: z
    .string()
    .regex(/^\d{8}$/, 'expected 8 digits, yyyyMMdd')
    .optional(),
});
export type RegistrationTokenRequest = z.input<typeof registrationTokenRequest>;
