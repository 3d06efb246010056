import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { onTestFinished } from 'vitest';

/**
 * Has the guard start anew with another KV, which every deployment sees that names none of its own. Ends with the test, or
 * before, by what is returned.
 */
export async function guardSees(kv: KVNamespace): Promise<() => Promise<void>> {
  const real = env.RULES;
  const set = async (value: KVNamespace): Promise<void> => {
    Reflect.set(env, 'RULES', value);
    await restartGuard();
  };
  const restore = async (): Promise<void> => {
    if (env.RULES !== real) await set(real);
  };
  onTestFinished(restore);
  await set(kv);
  return restore;
}

/** Ends the guard; the next who asks it finds it with nothing in memory. */
export async function restartGuard(): Promise<void> {
  const guard = env.GUARD.getByName('partner');
  // Only one that runs can be ended.
  await guard.head();
  await evictDurableObject(guard);
}

/** KV whose reads are counted, and answered by something else where that is wanted. */
export function watchedKv() {
  const real = env.RULES;
  const watched: { reads: number; answer: ((key: string) => Promise<unknown>) | null } = {
    reads: 0,
    answer: null,
  };
  /** As text, which is how several are asked for. */
  const many = async (keys: readonly string[], answer: (key: string) => Promise<unknown>) => {
    const values = await Promise.all(keys.map(answer));
    return new Map(keys.map((key, position) => [key, JSON.stringify(values[position])]));
  };
  const kv = new Proxy(real, {
    get(_, name) {
      const value: unknown = Reflect.get(real, name, real);
      if (typeof value !== 'function') return value;
      if (name !== 'get') return value.bind(real);
      return (...args: [string | string[], ...unknown[]]): unknown => {
        const [asked] = args;
        const { answer } = watched;
        watched.reads += typeof asked === 'string' ? 1 : asked.length;
        if (answer === null) return Reflect.apply(value, real, args);
        return typeof asked === 'string' ? answer(asked) : many(asked, answer);
      };
    },
  });
  return { kv, watched };
}

/** As if the horizon had passed since every change was written to KV. */
export async function forgetOverlay(): Promise<void> {
  await runInDurableObject(env.GUARD.getByName('partner'), (_, { storage }) => {
    storage.sql.exec('DELETE FROM overlay');
  });
}
