import { describe, expect, it } from 'vitest';
import { findings, now, permit } from '../../test/lint-findings.ts';
import { release } from '../../test/venue.ts';
import { lint } from './index.ts';

describe('lint', () => {
  it('finds in the venue a calendar that ends, a forbid on the way out and doors that may lead either way', () => {
    expect(findings({})).toEqual([
      'calendar_ends calendars.0',
      'exit_may_stay_shut zones.2',
      'doors_without_direction sites.0',
    ]);
  });

  it('gives what cannot be published as errors', () => {
    const [finding] = lint(release({ rules: [{ ...permit, zones: ['nowhere'] }] }), now);
    expect(finding).toMatchObject({ code: 'invalid', severity: 'error', path: ['rules', 0, 'zones', 0] });
  });
});
