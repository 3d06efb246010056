import * as z from 'zod';
import { REASONS } from '../reasons.ts';
import { locale } from './primitives.ts';
import { wholeRecord } from './whole-record.ts';

const messageText = z.strictObject({
  code: z.string().min(1).optional().describe('At most 50 bytes; selects a text stored at FacePass.'),
  repeat: z.string().min(1).optional().describe('At most 19 characters, with every variable at its longest.'),
  ticket: z.string().min(1).optional().describe('At most 38 characters, with every variable at its longest.'),
});

/** locale → reason → texts; what is not given falls back to the built-in Korean or English text. */
export const messagesSchema = wholeRecord(
  z.record(locale, wholeRecord(z.partialRecord(z.enum(REASONS), messageText))),
);
