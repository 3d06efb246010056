import type { DecisionMessage, MirrorRpc } from '@facepass-kit/protocol';
import { z } from 'zod';
import type { Guard } from './store/guard/guard.ts';

/** What the platform binds (wrangler.jsonc). */
export interface Bindings {
  readonly RULES: KVNamespace;
  readonly DB: D1Database;
  readonly GUARD: DurableObjectNamespace<Guard>;
  readonly DECISIONS: Queue<DecisionMessage>;
  /** Absent where the mirror is not deployed: its routes then answer 503. */
  readonly MIRROR?: MirrorRpc;
}

/** A variable or secret that is there but cannot be used. Its value is never repeated. */
export class BadEnvironmentError extends Error {
  override readonly name = 'BadEnvironmentError';
  readonly code = 'BAD_ENVIRONMENT';
  readonly variable: string;

  constructor(variable: string, expected: string) {
    super(`${variable} is not usable: ${expected}`);
    this.variable = variable;
  }
}

/** A variable or secret that something asked for needs and that is not set. */
export class NotConfiguredError extends Error {
  override readonly name = 'NotConfiguredError';
  readonly code = 'NOT_CONFIGURED';
  readonly variable: string;

  constructor(variable: string) {
    super(`${variable} is not set`);
    this.variable = variable;
  }
}

/** Shorter tokens could be guessed over the internet. */
const MIN_TOKEN_LENGTH = 16;

const text = z.string().trim().min(1);
const token = text.min(MIN_TOKEN_LENGTH, `a token has at least ${MIN_TOKEN_LENGTH} characters`);

function json<S extends z.ZodType>(schema: S) {
  return z
    .string()
    .transform((value, context): unknown => {
      try {
        return JSON.parse(value);
      } catch {
        context.addIssue({ code: 'custom', message: 'expected JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema);
}

const variables = z.object({
  /** One or two bearer tokens FacePass may present, comma separated (two while rotating). */
  PARTNER_TOKENS: z
    .string()
    .transform((value) => value.split(',').map((entry) => entry.trim()))
    .pipe(z.array(token).min(1).max(2, 'at most two tokens are active at once')),
  ADMIN_TOKEN: token,
  /** Private RSA keys that open what FacePass seals for us: a JWKS object or its list of keys. */
  ENVELOPE_PRIVATE_JWKS: text,
  PEPPER: text,
  DATA_KEYS: json(z.array(z.object({ kid: text, k: text })).min(1)),
  FACEPASS_CLIENT_ID: text,
  FACEPASS_CLIENT_SECRET: text,
  FACEPASS_BASE_URL: z.url(),
  FACEPASS_TOKEN_URL: z.url(),
  /** A scheme of @facepass-kit/crypto, as text or JSON; the default one unless set. */
  ENVELOPE_SCHEME: text,
});

type Parsed = z.infer<typeof variables>;
/** The variables of the environment, parsed; undefined where one is not set. */
export type Settings = { readonly [K in keyof Parsed]?: Parsed[K] | undefined };

/**
 * Reads the variables and secrets.
 *
 * @throws BadEnvironmentError naming the first variable that is set but unusable, never its value.
 */
export function readSettings(env: object): Settings {
  const given = Object.fromEntries(
    Object.keys(variables.shape).flatMap((name): [string, unknown][] => {
      const value: unknown = Reflect.get(env, name);
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
  const parsed = variables.partial().safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new BadEnvironmentError(String(issue?.path[0] ?? 'environment'), issue?.message ?? 'unknown');
}

/** What `make` makes of a variable. @throws BadEnvironmentError naming the variable where it cannot. */
export async function usable<T>(
  variable: keyof Settings,
  expected: string,
  make: () => T,
): Promise<Awaited<T>> {
  try {
    return await make();
  } catch (error) {
    if (error instanceof NotConfiguredError) throw error;
    throw new BadEnvironmentError(variable, expected);
  }
}

/** The value of a setting that must be there now. @throws NotConfiguredError */
export function required<K extends keyof Settings>(settings: Settings, name: K): NonNullable<Settings[K]> {
  const value = settings[name];
  if (value === undefined || value === null) throw new NotConfiguredError(name);
  return value;
}
