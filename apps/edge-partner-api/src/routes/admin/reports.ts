import {
  CSV_BYTE_ORDER_MARK,
  csvLine,
  EXPORT_MEDIA_TYPES,
  type ExportFormat,
  exportRequest,
  type Report,
  report,
  reportAddressQuery,
  reportPath,
  reportQuery,
} from '@facepass-kit/protocol';
import { hasRole } from '../../http/admin-role.ts';
import { invalidRequest, Refusal } from '../../http/refusal.ts';
import { type Route, route } from '../../http/route.ts';
import { REFUSALS } from './answers.ts';
import { fromMirror, MIRROR_REFUSALS } from './from-mirror.ts';

export const reportRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/admin/v1/mirror/reports/:name',
    access: { admin: 'viewer' },
    params: reportPath,
    query: reportAddressQuery,
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Count what was mirrored, by hour, day, device, zone, group, reason or status',
          description: 'No person is named. As CSV or NDJSON where `format` says so.',
          answers: {
            200: {
              description: 'Counts by key; `complete` says whether the whole range was mirrored.',
              schema: report,
              files: Object.values(EXPORT_MEDIA_TYPES),
            },
            400: REFUSALS.invalid,
            ...MIRROR_REFUSALS,
          },
        },
    async handle(c, { params: { name }, query: { from, to, format } }) {
      const query = reportQuery.safeParse({ name, from, to });
      if (!query.success) throw invalidRequest(query.error.issues);
      const counted = await fromMirror(c, (mirror) => mirror.report(query.data));
      if (format === undefined) return c.json(counted);
      // A file says nothing else of itself than by its name.
      const file = `${name}_${span(from, to)}${counted.complete ? '' : '_incomplete'}`;
      return new Response(asText(counted, format), { headers: download(file, format) });
    },
  }),
  route({
    method: 'post',
    path: '/admin/v1/mirror/export',
    access: { admin: 'viewer' },
    body: exportRequest,
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Download rows of a range as CSV or NDJSON',
          description:
            'Streamed; a download that breaks off is not complete. `keys` names people by key beside their reference, and needs the role admin.',
          answers: {
            200: { description: 'A file.', files: Object.values(EXPORT_MEDIA_TYPES) },
            400: REFUSALS.invalid,
            403: { ...REFUSALS.unknown, description: 'Keys are for administrators.' },
            ...MIRROR_REFUSALS,
          },
        },
    async handle(c, { body }) {
      const { table, format, from, to, keys } = body;
      c.set('action', keys ? 'mirror.export_with_keys' : 'mirror.export');
      c.set('subject', `${table} ${span(from, to)}`);
      if (keys && !hasRole(c.get('principal'), 'admin')) {
        throw new Refusal(
          403,
          'FORBIDDEN',
          'Keys of people need the role admin; leave "keys" out for references.',
        );
      }
      const rows = await fromMirror(c, (mirror) => mirror.exportRows(body));
      return new Response(rows, { headers: download(`${table}_${span(from, to)}`, format) });
    },
  }),
];

function asText({ rows }: Report, format: ExportFormat): string {
  if (format === 'ndjson') return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const lines = rows.map(({ key, count, at }) => csvLine([key, count, at === null ? null : isoOf(at)]));
  return [CSV_BYTE_ORDER_MARK, csvLine(['key', 'count', 'at']), ...lines].join('');
}

function download(name: string, format: ExportFormat): HeadersInit {
  return {
    'content-type': EXPORT_MEDIA_TYPES[format],
    'content-disposition': `attachment; filename="${name}.${format}"`,
    'cache-control': 'no-store',
  };
}

/** Both ends, fit for a file's name. */
function span(from: number, to: number): string {
  return `${isoOf(from)}_${isoOf(to)}`.replaceAll(/:|\.\d+/g, '');
}

function isoOf(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}
