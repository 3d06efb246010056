import * as z from 'zod';
import { birthDate, emailAddress, opaqueId, personName, phoneNumber } from '../contract/field-rules.ts';

/** A person to register, in plain: checked against the guide's limits before anything is sealed. */
export const prepareFields = z
  .strictObject({
    merchantUserKey: opaqueId,
    name: personName,
    ci: z.string().min(1, 'must not be empty').optional(),
    birthDate: birthDate.optional(),
    phoneNumber: phoneNumber.optional(),
    email: emailAddress.optional(),
  })
  .refine((person) => person.ci !== undefined || person.birthDate !== undefined, {
    path: ['ci'],
    error: 'ci or birthDate is required',
  })
  .refine((person) => person.phoneNumber !== undefined || person.email !== undefined, {
    path: ['phoneNumber'],
    error: 'phoneNumber or email is required',
  });
export type PrepareFields = z.infer<typeof prepareFields>;
