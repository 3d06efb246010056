import { env } from 'cloudflare:workers';

/** Bindings that count what is asked of KV, the guard and D1, and otherwise do what the real ones do. */
export function countedBindings() {
  const counts = { kv: 0, guard: 0, d1: 0 };
  const counted = <T extends object>(target: T, kind: keyof typeof counts, calls: readonly string[]): T =>
    new Proxy(target, {
      get(real, name) {
        const value: unknown = Reflect.get(real, name, real);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          if (calls.includes(String(name))) counts[kind] += 1;
          return Reflect.apply(value, real, args);
        };
      },
    });
  const bindings = {
    RULES: counted(env.RULES, 'kv', ['get', 'getWithMetadata', 'list', 'put', 'delete']),
    DB: counted(env.DB, 'd1', ['prepare', 'batch', 'exec']),
    // A stub is got for every call and used for one.
    GUARD: counted(env.GUARD, 'guard', ['getByName', 'get']),
  };
  return { bindings, counts };
}

/** KV as a location sees it that has looked before: it knows nothing of what was written since. */
export function laggingKv(): KVNamespace {
  return new Proxy(env.RULES, {
    get(real, name) {
      if (name === 'get') return async () => null;
      const value: unknown = Reflect.get(real, name, real);
      return typeof value === 'function' ? value.bind(real) : value;
    },
  });
}
