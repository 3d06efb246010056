import * as z from 'zod';
import { isVendorTimestamp } from './timestamp.ts';

/** A timestamp in an answer: kept as FacePass wrote it, and one that parses. */
export const readTimestamp = z.string().refine(isVendorTimestamp, 'expected a timestamp');

const writtenForm = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/;

/** A timestamp we write: exactly `yyyy-MM-ddTHH:mm:ss`, a wall clock in the vendor's zone. */
export const writtenTimestamp = z
  .string()
  .refine(
    (raw) => writtenForm.test(raw) && isVendorTimestamp(raw),
    'expected yyyy-MM-ddTHH:mm:ss, of a date that exists',
  );
