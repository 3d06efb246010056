import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { routes } from '../src/routes/index.ts';
import { openApiDocument } from './openapi-document.ts';

const operationSchema = z.object({
  operationId: z.string(),
  tags: z.array(z.string()),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z.array(z.object({ name: z.string(), in: z.string() })),
  requestBody: z.unknown().optional(),
  responses: z.record(z.string(), z.object({ content: z.record(z.string(), z.unknown()).optional() })),
});
const documentSchema = z.object({
  tags: z.array(z.object({ name: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
});

/** As it is served. */
const text = JSON.stringify(openApiDocument(routes));
const { paths, tags, components } = documentSchema.parse(JSON.parse(text));
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, path, operation })),
);

describe('the API document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const result = await validator.validate(JSON.parse(text));
    expect(result.valid ? [] : result.errors).toEqual([]);
    expect(validator.version).toBe('3.1');
  });

  it('refers to nothing that it does not hold', () => {
    const references = [...text.matchAll(/"\$ref":"([^"]*)"/g)].map(([, reference]) => reference ?? '');
    expect(references.length).toBeGreaterThan(0);
    const names = references.map((reference) => /^#\/components\/schemas\/(\w+)$/.exec(reference)?.[1]);
    for (const name of new Set(names)) expect(Object.keys(components.schemas)).toContain(name);
  });

  it('describes every route once, each under a tag that is explained', () => {
    expect(operations.map(({ name }) => name).sort()).toEqual(
      routes.map(({ spec: { method, path } }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`).sort(),
    );
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length);
    const explained = tags.map(({ name }) => name);
    for (const { operation } of operations) expect(explained).toEqual(expect.arrayContaining(operation.tags));
  });

  it.each(operations)('says of $name who may call it, what it needs and how it refuses', (entry) => {
    const { path, operation } = entry;
    const placed = operation.parameters
      .filter((parameter) => parameter.in === 'path')
      .map(({ name }) => name);
    expect(placed.sort()).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort());
    const refusals = Object.entries(operation.responses).filter(([status]) => Number(status) >= 400);
    if (operation.security.length > 0) expect(Object.keys(operation.responses)).toContain('401');
    const isAdmin = path.startsWith('/admin/');
    for (const [, { content = {} }] of refusals) {
      expect(Object.keys(content)).toEqual([isAdmin ? 'application/problem+json' : 'application/json']);
    }
  });
});

describe('an endpoint that heeds If-Match', () => {
  it('says so, and no other', () => {
    const heeding = operations.filter(({ operation: { parameters } }) =>
      parameters.some((parameter) => parameter.in === 'header' && parameter.name === 'If-Match'),
    );
    expect(heeding.map(({ name }) => name).sort()).toEqual([
      'delete /admin/v1/members/{person}',
      'post /admin/v1/members/{person}/restore',
      'post /admin/v1/members/{person}/suspend',
      'post /admin/v1/releases',
      'post /admin/v1/releases/{hash}/publish',
      'put /admin/v1/members/{person}',
    ]);
  });
});

describe('the page that shows it', () => {
  const pages = join(import.meta.dirname, 'pages');
  let page = '';
  let headers = '';
  beforeAll(() => {
    page = readFileSync(join(pages, 'docs.html'), 'utf8');
    headers = readFileSync(join(pages, '_headers'), 'utf8');
  });

  it('loads nothing from elsewhere and has no script inside it', () => {
    const sources = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, source]) => source);
    expect(sources).toEqual(['/docs/scalar.js', '/docs/start.js']);
    expect(page).not.toMatch(/<script(?![^>]*src=)/);
  });

  it('is kept to this host by its policy', () => {
    const policy = /Content-Security-Policy: (.*)/.exec(headers)?.[1] ?? '';
    const directives = new Map(
      policy.split('; ').map((directive): [string, string] => {
        const [name = '', ...values] = directive.split(' ');
        return [name, values.join(' ')];
      }),
    );
    expect(directives.get('default-src')).toBe("'none'");
    expect(directives.get('script-src')).toBe("'self'");
    expect(directives.get('connect-src')).toBe("'self'");
    expect(directives.get('frame-ancestors')).toBe("'none'");
    expect(policy).not.toMatch(/https?:|\*/);
  });
});
