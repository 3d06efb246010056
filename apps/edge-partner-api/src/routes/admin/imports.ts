import {
  confirmImportRequest,
  importErrors,
  importList,
  importPath,
  importQuery,
  importView,
} from '@facepass-kit/protocol';
import { Refusal } from '../../http/refusal.ts';
import { type Route, route } from '../../http/route.ts';
import type { ImportFormat } from '../../services/import/record-cutter.ts';
import { REFUSALS } from './answers.ts';

/** Media types of a file, and what it then is. */
const FORMATS: Readonly<Record<string, ImportFormat>> = {
  'text/csv': 'csv',
  'application/x-ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
};

const begin = route({
  method: 'post',
  path: '/admin/v1/members/imports',
  access: { admin: 'admin' },
  query: importQuery,
  upload: Object.keys(FORMATS),
  docs: globalThis.WITHOUT_DOCS
    ? undefined
    : {
        summary: 'Import a file of members',
        description:
          'CSV (the first line names the columns) or one JSON object a line, UTF-8. The whole file is checked before anything is written; the import is worked off in the background.',
        answers: {
          202: { description: 'Received; its state tells how far it is.', schema: importView },
          400: REFUSALS.invalid,
          409: REFUSALS.conflict,
          413: { ...REFUSALS.invalid, description: 'The file is too large.' },
          415: { ...REFUSALS.invalid, description: 'Neither CSV nor NDJSON, or not UTF-8.' },
        },
      },
  async handle(c, { query: { reason, ...options } }) {
    c.set('action', 'members.import');
    c.set('reason', reason);
    const format = formatOf(c.req.header('content-type') ?? '');
    const { body } = c.req.raw;
    if (body === null) throw new Refusal(400, 'EMPTY_FILE', 'The file has no line.');
    const actor = c.get('principal')?.id ?? '';
    const imports = await c.get('services').imports();
    const view = await imports.receive(
      body,
      { ...options, format, columns: [], pepperId: '' },
      { actor, reason },
    );
    c.set('subject', view.id);
    return c.json(view, 202);
  },
});

const list = route({
  method: 'get',
  path: '/admin/v1/members/imports',
  access: { admin: 'viewer' },
  docs: globalThis.WITHOUT_DOCS
    ? undefined
    : {
        summary: 'List the last imports',
        answers: { 200: { description: 'Newest first.', schema: importList } },
      },
  handle: async (c) => c.json({ imports: await (await c.get('services').imports()).list() }),
});

const get = route({
  method: 'get',
  path: '/admin/v1/members/imports/:id',
  access: { admin: 'viewer' },
  params: importPath,
  docs: globalThis.WITHOUT_DOCS
    ? undefined
    : {
        summary: 'Follow an import',
        answers: { 200: { description: 'How far it is.', schema: importView }, 404: REFUSALS.unknown },
      },
  handle: async (c, { params: { id } }) => c.json(await (await c.get('services').imports()).get(id)),
});

const errors = route({
  method: 'get',
  path: '/admin/v1/members/imports/:id/errors',
  access: { admin: 'viewer' },
  params: importPath,
  docs: globalThis.WITHOUT_DOCS
    ? undefined
    : {
        summary: 'Read what is wrong with which line',
        description: 'The first thousand, by line. Nothing that a line says is repeated.',
        answers: {
          200: { description: 'Line, column, code, hint.', schema: importErrors },
          404: REFUSALS.unknown,
        },
      },
  handle: async (c, { params: { id } }) =>
    c.json({ errors: await (await c.get('services').imports()).errors(id) }),
});

const confirm = route({
  method: 'post',
  path: '/admin/v1/members/imports/:id/confirm',
  access: { admin: 'admin' },
  params: importPath,
  body: confirmImportRequest,
  docs: globalThis.WITHOUT_DOCS
    ? undefined
    : {
        summary: 'Have a previewed or waiting import done',
        description: 'It is checked again first; should more people leave by then, it waits once more.',
        answers: {
          200: { description: 'It goes on.', schema: importView },
          404: REFUSALS.unknown,
          409: REFUSALS.conflict,
        },
      },
  async handle(c, { params: { id }, body: { leaving } }) {
    c.set('action', 'members.import.confirm');
    c.set('subject', id);
    return c.json(await (await c.get('services').imports()).confirm(id, leaving));
  },
});

const cancel = route({
  method: 'delete',
  path: '/admin/v1/members/imports/:id',
  access: { admin: 'admin' },
  params: importPath,
  docs: globalThis.WITHOUT_DOCS
    ? undefined
    : {
        summary: 'Give an import up',
        description: 'What is written by then stays.',
        answers: { 200: { description: 'It is over.', schema: importView }, 404: REFUSALS.unknown },
      },
  async handle(c, { params: { id } }) {
    c.set('action', 'members.import.cancel');
    c.set('subject', id);
    return c.json(await (await c.get('services').imports()).cancel(id));
  },
});

export const importRoutes: readonly Route[] = [begin, list, get, errors, confirm, cancel];

function formatOf(contentType: string): ImportFormat {
  const [type = '', ...parameters] = contentType.toLowerCase().split(';');
  const format = FORMATS[type.trim()];
  const charset = parameters.map((text) => /^\s*charset="?([^"]*)"?\s*$/.exec(text)?.[1]).find(Boolean);
  if (format === undefined) {
    throw new Refusal(
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      `The body must be ${Object.keys(FORMATS).join(' or ')}.`,
    );
  }
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') {
    throw new Refusal(415, 'NOT_UTF8', 'The file must be UTF-8.');
  }
  return format;
}
