import * as z from 'zod';
import { openApiDocument } from '../http/openapi-document.ts';
import { type Route, route } from '../http/route.ts';

/** The API document, made from the same declarations that are mounted. */
export function openApiRoute(routes: readonly Route[]): Route {
  let document: object | undefined;
  const self: Route = route({
    method: 'get',
    path: '/openapi.json',
    access: 'public',
    summary: 'This document',
    answers: { 200: { description: 'OpenAPI 3.1.', schema: z.looseObject({ openapi: z.string() }) } },
    handle(c) {
      document ??= openApiDocument([...routes, self]);
      return c.json(document);
    },
  });
  return self;
}
