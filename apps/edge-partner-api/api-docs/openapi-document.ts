import { problem } from '@facepass-kit/protocol';
import type * as z from 'zod';
import type { Access, Route, RouteAnswer, RouteSpec } from '../src/http/route.ts';
import { refusal } from '../src/routes/partner/answers.ts';
import { documentedAnswers, documentedContent } from './documented-answers.ts';
import { createSchemaComponents, type SchemaComponents } from './schema-components.ts';

/** An OpenAPI 3.1 document of these routes. Schemas are the ones that read and write the real requests. */
export function openApiDocument(routes: readonly Route[]): object {
  const schemas = createSchemaComponents({ Problem: problem, Refusal: refusal });
  const paths: Record<string, Record<string, object>> = {};
  for (const { spec } of routes) {
    const path = spec.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [spec.method]: operation(spec, schemas) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'facepass-kit edge API',
      version: '1',
      description: 'What FacePass asks a partner’s server, and what the people who run it may do.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'This deployment.' }],
    tags: TAGS,
    paths,
    components: {
      schemas: schemas.all,
      securitySchemes: {
        partner: { type: 'http', scheme: 'bearer', description: 'Whatever is configured for FacePass.' },
        broker: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'The partner’s own apps.',
        },
        admin: { type: 'http', scheme: 'bearer', description: 'An admin token, or Cloudflare Access.' },
      },
    },
  };
}

function operation(spec: RouteSpec, schemas: SchemaComponents): object {
  const { params, query, body, upload, docs } = spec;
  if (docs === undefined) throw new Error(`${spec.method} ${spec.path} has no docs`);
  const { summary, description } = docs;
  const answers = documentedAnswers(spec);
  const role = typeof spec.access === 'object' ? `Needs the role \`${spec.access.admin}\`.` : undefined;
  return {
    operationId: operationId(spec),
    tags: [tagOf(spec.path)],
    summary,
    ...describe([description, role]),
    ...security(spec.access),
    parameters: [
      ...parameters('path', params, schemas),
      ...parameters('query', query, schemas),
      ...(docs.ifMatch === undefined ? [] : [ifMatch(docs.ifMatch)]),
    ],
    ...(upload === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: Object.fromEntries(upload.map((type) => [type, { schema: { type: 'string' } }])),
          },
        }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemas.of(body, 'input') } },
          },
        }),
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, answer]) => [
        status,
        { description: answer.description, ...content(spec, Number(status), answer, schemas) },
      ]),
    ),
  };
}

function content(spec: RouteSpec, status: number, answer: RouteAnswer, schemas: SchemaComponents): object {
  const types = [...documentedContent(spec, status, answer)];
  if (types.length === 0) return {};
  return {
    content: Object.fromEntries(
      types.map(([type, schema]) => [
        type,
        { schema: schema === 'file' ? { type: 'string' } : schemas.of(schema, 'output') },
      ]),
    ),
  };
}

function describe(parts: readonly (string | undefined)[]): { description?: string } {
  const text = parts.filter((part) => part !== undefined).join(' ');
  return text === '' ? {} : { description: text };
}

function security(access: Access): { security: object[] } {
  if (access === 'public') return { security: [] };
  return { security: [{ [typeof access === 'object' ? 'admin' : access]: [] }] };
}

function parameters(
  place: 'path' | 'query',
  schema: z.ZodType | undefined,
  schemas: SchemaComponents,
): object[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemas.of(schema, 'input');
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }));
}

function ifMatch(names: string): object {
  return {
    name: 'If-Match',
    in: 'header',
    required: false,
    description: `The entity tag of ${names} that is expected to be there; absent or \`*\`: any.`,
    schema: { type: 'string' },
  };
}

function operationId({ method, path }: RouteSpec): string {
  const words = path.replaceAll(/\{|\}|:/g, '').split(/[^A-Za-z0-9]+/);
  return [method, ...words.filter((word) => word !== '')].join('_');
}

const TAGS = [
  { name: 'FacePass', description: 'Asked by FacePass.' },
  { name: 'apps', description: 'Asked by the partner’s own apps.' },
  { name: 'admin', description: 'Asked by the people and programs that run the doors.' },
  { name: 'operation', description: 'Asked by whoever watches over the Worker.' },
] as const;

/** Whom an operation is for, from the first segment of its path. */
function tagOf(path: string): (typeof TAGS)[number]['name'] {
  const [first] = path.split('/').slice(1);
  if (first === 'admin') return 'admin';
  if (first === 'broker') return 'apps';
  return first === 'v1' ? 'FacePass' : 'operation';
}
