import * as z from 'zod';
import { REASONS } from '../reasons.ts';
import { locale } from './primitives.ts';
import { WORDS } from './schema-words.ts';
import { wholeRecord } from './whole-record.ts';

const messageText = z.strictObject({
  code: z.string().min(1).optional().describe(WORDS.messageTextCode),
  repeat: z.string().min(1).optional().describe(WORDS.messageTextRepeat),
  ticket: z.string().min(1).optional().describe(WORDS.messageTextTicket),
});

/** locale → reason → texts; what is not given falls back to the built-in Korean or English text. */
export const messagesSchema = wholeRecord(
  z.record(locale, wholeRecord(z.partialRecord(z.enum(REASONS), messageText))),
);
