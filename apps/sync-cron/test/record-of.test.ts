import { registrationItem } from '@facepass-kit/core/contract';
import { expect, it } from 'vitest';
import { registrationRecord } from '../src/rows/record-of.ts';

it('keeps only the names of fields that could not be read, since what stood there may be about a person', () => {
  const row = { id: '1', eventTs: '2026-01-09T00:00:00', auditStatus: { of: '홍길동' }, merchantUserKey: [] };
  const { id, eventTs: raw, ...rest } = registrationItem.parse(row);
  const { values } = registrationRecord({ ...rest, id, eventTs: { raw, epochMs: 0 } });
  expect(values.at(-1)).toBe('{"unreadable":["auditStatus","merchantUserKey"]}');
});
