import * as z from 'zod';
import type { Access, Route, RouteSpec } from './route.ts';

/** An OpenAPI 3.1 document of these routes. Schemas are the ones that read and write the real requests. */
export function openApiDocument(routes: readonly Route[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const { spec } of routes) {
    const path = spec.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [spec.method]: operation(spec) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'facepass-kit edge API',
      version: '1',
      description: 'What FacePass asks a partner’s server, and what the people who run it may do.',
    },
    paths,
    components: {
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

function operation(spec: RouteSpec): object {
  const { summary, description, params, query, body, answers } = spec;
  const role = typeof spec.access === 'object' ? `Needs the role \`${spec.access.admin}\`.` : undefined;
  return {
    operationId: operationId(spec),
    tags: [tagOf(spec.path)],
    summary,
    ...describe([description, role]),
    ...security(spec.access),
    parameters: [...parameters('path', params), ...parameters('query', query)],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: jsonSchema(body, 'input') } },
          },
        }),
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, { description: text, schema }]) => [
        status,
        {
          description: text,
          ...(schema === undefined
            ? {}
            : { content: { [mediaType(spec, Number(status))]: { schema: jsonSchema(schema, 'output') } } }),
        },
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

function mediaType({ access }: RouteSpec, status: number): string {
  return typeof access === 'object' && status >= 400 ? 'application/problem+json' : 'application/json';
}

function parameters(place: 'path' | 'query', schema: z.ZodType | undefined): object[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = jsonSchema(schema, 'input');
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }));
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output') {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}

function operationId({ method, path }: RouteSpec): string {
  const words = path.replaceAll(/\{|\}|:/g, '').split(/[^A-Za-z0-9]+/);
  return [method, ...words.filter((word) => word !== '')].join('_');
}

function tagOf(path: string): string {
  const [first, , third] = path.split('/').slice(1);
  return first === 'admin'
    ? (third ?? 'admin')
    : first === 'v1'
      ? 'FacePass'
      : first === 'broker'
        ? 'apps'
        : 'operation';
}
