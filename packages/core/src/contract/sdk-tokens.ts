import * as z from 'zod';

/** #3 `POST /api/v1/merchant/verify-token`: a token for the entry SDK, good for one hour. */
export const verifyTokenSuccess = z.looseObject({ token: z.string().min(1) });
export type VerifyTokenSuccess = z.infer<typeof verifyTokenSuccess>;
