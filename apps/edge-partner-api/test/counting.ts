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
      if (name === 'get') return async (key: unknown) => (typeof key === 'string' ? null : new Map());
      const value: unknown = Reflect.get(real, name, real);
      return typeof value === 'function' ? value.bind(real) : value;
    },
  });
}

/** The most bytes of one value in D1 and in the storage of a Durable Object, by Cloudflare's documentation of both. */
export const VALUE_MAX_BYTES = 2_000_000;

/** D1 with the limit that the one on a developer's machine does not have. */
export function strictD1(): D1Database {
  return wrapped(env.DB, {
    prepare: (real, sql) => {
      const statement = real.prepare(String(sql));
      return wrapped(statement, {
        bind: (_, ...values) => {
          const fits = values.every((value) => bytesOf(value) <= VALUE_MAX_BYTES);
          if (!fits) throw new Error('D1_ERROR: string or blob too big: SQLITE_TOOBIG');
          return statement.bind(...values);
        },
      });
    },
  });
}

export function bytesOf(value: unknown): number {
  return typeof value === 'string' ? new TextEncoder().encode(value).byteLength : 0;
}

/** An object some of whose methods are replaced. */
function wrapped<T extends object>(
  target: T,
  methods: Readonly<Record<string, (real: T, ...args: unknown[]) => unknown>>,
): T {
  return new Proxy(target, {
    get(real, name) {
      const method = methods[String(name)];
      if (method !== undefined) return (...args: unknown[]) => method(real, ...args);
      const value: unknown = Reflect.get(real, name, real);
      return typeof value === 'function' ? value.bind(real) : value;
    },
  });
}
