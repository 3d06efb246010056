import { TrieRouter } from 'hono/router/trie-router';
import { describe, expect, it } from 'vitest';
import { routes } from '../routes/index.ts';
import { RememberingRouter } from './remembering-router.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'];

/** Every address there is, with something in place of its parameters, and some there are not. */
const addresses = [
  ...routes.map(({ spec }) => spec.path.replaceAll(/:\w+/g, 'lookup')),
  ...routes.map(({ spec }) => `${spec.path}/more`),
  '/v1/',
  '/admin/v1',
  '/',
  '',
];

describe('the router', () => {
  it('finds what Hono’s own finds, at the first question and at the second, also after a late route', () => {
    const ours = new RememberingRouter<string>();
    const honos = new TrieRouter<string>();
    const add = (method: string, path: string): void => {
      for (const router of [ours, honos]) router.add(method, path, `${method} ${path}`);
    };
    const agree = (): void => {
      for (const method of METHODS) {
        for (const path of addresses) {
          const expected = honos.match(method, path);
          for (const time of [1, 2]) {
            expect(ours.match(method, path), `${method} ${path}, time ${time}`).toEqual(expected);
          }
        }
      }
    };
    add('ALL', '*');
    add('ALL', '/v1/*');
    for (const { spec } of routes) add(spec.method.toUpperCase(), spec.path);
    for (const { spec } of routes) add('ALL', spec.path);
    agree();
    add('ALL', '/v1/access/*');
    agree();
  });

  it('looks an address of a route up once for each of its methods, and remembers no other', () => {
    const router = new RememberingRouter<string>();
    router.add('POST', '/v1/access/permissions', 'ask');
    router.add('POST', '/v1/sites/:siteId', 'site');
    const sameTwice = (method: string, path: string): boolean => {
      const first = router.match(method, path);
      return router.match(method, path) === first;
    };
    expect(sameTwice('POST', '/v1/access/permissions')).toBe(true);
    expect(sameTwice('PUT', '/v1/access/permissions')).toBe(false);
    expect(sameTwice('POST', '/v1/sites/a')).toBe(false);
    expect(sameTwice('POST', '/nowhere')).toBe(false);
  });
});
