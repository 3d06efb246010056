/**
 * The floor of the door question: what anybody writes who trusts everything. Parses the question, reads the member
 * from KV, has a Durable Object write one row (or sends one message, for a site without a guard), answers JSON. No
 * authentication, no rules, no budgets, no log, no way to the queue for what it wrote.
 *
 * It makes the calls a question makes at most: one read of the same value of KV, one call of an object in the same isolate
 * with the question and the member, and one statement that writes one row, or one message. Its row has a third of ours, which
 * says why and by which rules; written as long as ours it is as fast to within one in a hundred, so it is left short.
 */
import { DurableObject } from 'cloudflare:workers';
import { Hono } from 'hono';

interface Env {
  readonly RULES: KVNamespace;
  readonly ROWS: DurableObjectNamespace<Rows>;
  readonly DECISIONS: Queue<unknown>;
}

interface Question {
  readonly merchantUserKey: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export class Rows extends DurableObject<Env> {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec('CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, message TEXT NOT NULL)');
  }

  async write(question: Question, member: unknown): Promise<{ verified: boolean }> {
    this.#sql.exec('INSERT INTO rows (message) VALUES (?)', JSON.stringify({ question, member }));
    return { verified: true };
  }
}

const app = new Hono<{ Bindings: Env }>();

app.post('/strong', async (c) => {
  const question = await c.req.json<Question>();
  const member = await c.env.RULES.get(`member:${question.merchantUserKey}`, { type: 'json', cacheTtl: 300 });
  return c.json(await c.env.ROWS.getByName('partner').write(question, member));
});

/** The same without KV: what ours does for who has asked within the hour. Without a bound, for comparison. */
app.post('/unread', async (c) => {
  const question = await c.req.json<Question>();
  return c.json(await c.env.ROWS.getByName('partner').write(question, null));
});

app.post('/eventual', async (c) => {
  const question = await c.req.json<Question>();
  const member = await c.env.RULES.get(`member:${question.merchantUserKey}`, { type: 'json', cacheTtl: 300 });
  c.executionCtx.waitUntil(c.env.DECISIONS.send({ question, member }));
  return c.json({ verified: true });
});

/** Fills KV from inside, which takes seconds where it takes minutes from outside. */
app.post('/seed', async (c) => {
  const entries = await c.req.json<[string, string][]>();
  await Promise.all(entries.map(([key, value]) => c.env.RULES.put(key, value)));
  return c.body(null, 204);
});

export default app;
