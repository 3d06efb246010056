import { describe, expect, it } from 'vitest';
import { civilDate, dateOfDay, dayNumber } from './civil-time.ts';

describe('civilDate', () => {
  it('is the date of every day from 1583 to 2400', () => {
    const last = dayNumber('2400-12-31');
    for (let day = dayNumber('1583-01-01'); day <= last; day += 1) {
      const { year, month, date } = civilDate(day);
      const text = `${year}-${String(month).padStart(2, '0')}-${String(date).padStart(2, '0')}`;
      if (text !== dateOfDay(day)) expect(text).toBe(dateOfDay(day));
    }
    expect(civilDate(last)).toEqual({ year: 2400, month: 12, date: 31 });
  });
});
