import { expect, it } from 'vitest';
import * as z from 'zod';
import type { RouteSpec } from '../src/http/route.ts';
import { routes } from '../src/routes/index.ts';
import { createDice } from './dice.ts';
import { createJsonGenerator, type JsonGenerator } from './generated-json.ts';
import {
  ADMIN_TOKEN,
  adminClient,
  member,
  offices,
  PARTNER_TOKEN,
  publish,
  putMembers,
  send,
  sharedStores,
} from './world.ts';

sharedStores();

/** Nobody is refused for asking often. */
const unlimited = { ADMIN_LIMIT: undefined, VALIDATE_LIMIT: undefined, VALIDATE_MISS_LIMIT: undefined };
const ROUNDS = 8;
const FILES = ['merchantUserKey\n000001\n', 'a,b\n', '', '{"merchantUserKey":"000001"}\n', '\ufeff"'];

/** A request to an endpoint, right as far as its schemas tell, or with something wrong about it. */
function requestTo(spec: RouteSpec, any: JsonGenerator, roll: (sides: number) => number): Request {
  const partOf = (schema: z.ZodType | undefined): Record<string, unknown> => {
    const made = schema === undefined ? {} : any.fitting(jsonSchema(schema));
    return typeof made === 'object' && made !== null ? { ...made } : {};
  };
  const textOf = (value: unknown): string =>
    encodeURIComponent((roll(6) === 0 ? any.oddText() : String(value)).replaceAll(/\p{Cs}/gu, ''));
  const params = partOf(spec.params);
  const path = spec.path.replaceAll(/:(\w+)/g, (_, name) => textOf(params[name] ?? 'x') || 'x');
  const query = Object.entries(partOf(spec.query)).map(([name, value]) => `${name}=${textOf(value)}`);
  const headers = new Headers({
    authorization: `Bearer ${spec.access === 'partner' ? PARTNER_TOKEN : ADMIN_TOKEN}`,
    'content-type': any.oneOf(['application/json', 'application/json', 'application/json', 'text/csv']),
  });
  if (roll(4) === 0) headers.set('if-match', any.oneOf(['"1"', '*', 'W/"1"', '"x"', '']));
  const made = spec.body === undefined ? {} : any.fitting(jsonSchema(spec.body));
  const text = JSON.stringify(roll(3) === 0 ? any.spoiled(made) : made);
  const json = roll(12) === 0 ? text.slice(0, -1) : text;
  return new Request(`https://edge.test${path}?${query.join('&')}`, {
    method: spec.method.toUpperCase(),
    headers,
    ...(spec.method === 'get' ? {} : { body: spec.upload === undefined ? json : any.oneOf(FILES) }),
  });
}

function jsonSchema(schema: z.ZodType): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
}

it.each([1, 2, 3])('is answered as documented, and never by a failure (seed %i)', async (seed) => {
  const roll = createDice(seed);
  const { hash } = await publish({
    ...offices,
    zones: [...(offices.zones ?? []), { id: 'in', match: { gate: 'A' }, area: 'hall', direction: 'in' }],
    areas: [{ id: 'hall' }],
  });
  const keys = ['000001', '000002', '000003'];
  await putMembers(...keys.map((key) => member(key, { readmit: true })));
  const { members } = await adminClient().listMembers();
  const any = createJsonGenerator(roll, {
    hash: [hash, 'a'.repeat(64)],
    from: [hash],
    person: [...members.map(({ person }) => person), 'p'.repeat(43)],
    merchantUserKey: [...keys, 'nobody'],
    groups: [['staff'], []],
    zones: [['in'], ['nowhere']],
    siteId: ['hq', 'elsewhere'],
    areaId: ['hall', 'elsewhere'],
    release: [offices],
    params: [{ floor: 10 }, { gate: 'A' }, {}],
  });
  const granted = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const { spec } of routes) {
      // Tokens of members' own apps have their own tests; here nobody has one.
      if (spec.access === 'broker') continue;
      const request = requestTo(spec, any, roll);
      const { method, url } = request;
      // The stand-in for the mirror has few of its methods: what it lacks is a 502, as documented.
      const { status } = await send(request, unlimited);
      expect(status < 500 || status === 502, `${method} ${url} ${status}`).toBe(true);
      if (status < 300) granted.add(`${method} ${spec.path}`);
    }
  }
  // Most were asked for something that could be done.
  expect(granted.size).toBeGreaterThan(routes.length / 2);
});
