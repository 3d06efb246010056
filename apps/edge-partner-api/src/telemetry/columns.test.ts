import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { COLUMNS, dataPoint } from './columns.ts';

const request = {
  event: 'request',
  route: '/v1/access/permissions',
  method: 'POST',
  outcome: 'permitted',
  version: 'v1',
  status: 200,
  durationMs: 12,
  verified: true,
  site: 'hq',
  memberMs: 3,
  guardMs: 4,
};

describe('a data point', () => {
  it('holds every field in its column', () => {
    expect(dataPoint(request)).toEqual({
      indexes: ['/v1/access/permissions'],
      blobs: ['request', '/v1/access/permissions', 'POST', 'permitted', 'v1', 'hq'],
      doubles: [200, 12, 1, 3, 4],
    });
  });

  it('has an empty text or -1 where a field is absent', () => {
    expect(dataPoint({ event: 'guard.unreachable' })).toEqual({
      indexes: [''],
      blobs: ['guard.unreachable', '', '', '', '', ''],
      doubles: [-1, -1, -1, -1, -1],
    });
  });

  it('has its columns numbered without a gap, as Analytics Engine reads them', () => {
    for (const kind of ['index', 'blob', 'double']) {
      const numbers = Object.keys(COLUMNS).flatMap((column) =>
        column.startsWith(kind) ? [Number(column.slice(kind.length))] : [],
      );
      expect(numbers).toEqual(numbers.map((_, position) => position + 1));
    }
  });

  it('is taken by a dataset', () => {
    expect(() => env.TEST_METRICS.writeDataPoint(dataPoint(request))).not.toThrow();
  });
});
