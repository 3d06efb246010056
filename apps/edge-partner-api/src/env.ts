import { type DecisionQueueMessage, isWebhookSecret, type MirrorRpc } from '@facepass-kit/protocol';
import * as z from 'zod';
import { refuseContradictions } from './env-contradictions.ts';
import { ADMIN_ROLES } from './http/admin-role.ts';
import { parseBlock } from './http/client-address.ts';
import type { DirectoryJob } from './services/jobs/directory-jobs.ts';
import type { Guard } from './store/guard/guard.ts';
import type { FacePassSession } from './store/session/facepass-session.ts';
import { alertRules } from './telemetry/alert-rules.ts';

/** What the platform binds (wrangler.jsonc). */
export interface Bindings {
  readonly RULES: KVNamespace;
  readonly DB: D1Database;
  readonly GUARD: DurableObjectNamespace<Guard>;
  readonly DECISIONS: Queue<DecisionQueueMessage>;
  readonly SESSION: DurableObjectNamespace<FacePassSession>;
  readonly JOBS: Workflow<DirectoryJob>;
  /** Absent where the mirror is not deployed: its routes then answer 503. */
  readonly MIRROR?: MirrorRpc;
  /** Limits; where one is absent there is none. */
  readonly ADMIN_LIMIT?: RateLimit;
  readonly BROKER_LIMIT?: RateLimit;
  readonly VALIDATE_LIMIT?: RateLimit;
  readonly VALIDATE_MISS_LIMIT?: RateLimit;
  /** Metrics; absent where none are wanted. */
  readonly METRICS?: AnalyticsEngineDataset;
  /** Whether alerts are wanted is asked before anything else is read; see {@link Settings}. */
  readonly ALERT_WEBHOOK?: string;
  /** Which deployed version this is. */
  readonly VERSION?: WorkerVersionMetadata;
  /** Read before anything else, to find a request's route; see {@link Settings}. */
  readonly PARTNER_PATH_PREFIX?: string;
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

  /** @param alternatives variables any of which would do as well */
  constructor(variable: string, alternatives: readonly string[] = []) {
    super(`set ${[variable, ...alternatives].join(' or ')}`);
    this.variable = variable;
  }
}

/** Shorter tokens could be guessed over the internet. */
const MIN_TOKEN_LENGTH = 16;
/** A path is no secret of its own, but a short one would not even keep scanners out. */
const MIN_PREFIX_LENGTH = 16;

const text = z.string().trim().min(1);
/** The token itself, in the characters a header can carry (RFC 6750 §2.1), or `sha256:` and its hash in hex. */
const token = text
  .min(MIN_TOKEN_LENGTH, `a token has at least ${MIN_TOKEN_LENGTH} characters`)
  .regex(
    /^(?:[A-Za-z0-9\-._~+/]+=*|sha256:[0-9A-Fa-f]{64})$/,
    'expected letters, digits and -._~+/, or sha256: and 64 hex digits',
  );
/** Whom we send secrets to or take keys from is called over TLS; a developer's own machine need not be. */
const secureUrl = z
  .url()
  .refine(
    (url) => /^https:|^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::|\/|$)/.test(url),
    'expected https',
  );

function list<S extends z.ZodType<unknown, string>>(entry: S) {
  return z
    .string()
    .transform((value) => value.split(',').map((part) => part.trim()))
    .pipe(z.array(entry).min(1));
}

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

/** A wider block would pin nobody. */
const MIN_PREFIX_BITS = { ipv4: 8, ipv6: 16 } as const;

const addressBlock = text.refine((block) => {
  try {
    const { bytes, prefixBits } = parseBlock(block);
    return prefixBits >= (bytes.length === 4 ? MIN_PREFIX_BITS.ipv4 : MIN_PREFIX_BITS.ipv6);
  } catch {
    return false;
  }
}, 'expected addresses or CIDR blocks such as 203.0.113.0/24, of at least 8 bits (IPv6: 16)');

/** What Cloudflare Access calls a service token: its client id. */
const serviceToken = z.string().regex(/^[0-9a-f]{32}\.access$/);

const variables = z.object({
  /** One or two bearer tokens FacePass may present, comma separated (two while rotating). */
  PARTNER_TOKENS: list(token).refine((tokens) => tokens.length <= 2, 'at most two tokens are active at once'),
  /** Source addresses FacePass calls from, as CIDR blocks. */
  PARTNER_ADDRESSES: list(addressBlock),
  /** Outside of Cloudflare: the header in which our own proxy names the address it was called from. */
  TRUSTED_PROXY_HEADER: text.toLowerCase().regex(/^[a-z0-9-]+$/, 'expected the name of a header'),
  /** SHA-256 fingerprints, in hex, of the client certificates FacePass may present. */
  PARTNER_CERTIFICATES: list(
    text.toLowerCase().regex(/^[0-9a-f]{64}$/, 'expected SHA-256 fingerprints in hex'),
  ),
  /** FacePass signs its requests: whose keys, for whom, in which header. */
  PARTNER_JWT: json(
    z.object({
      jwksUrl: secureUrl,
      issuer: text,
      audience: text,
      header: text.toLowerCase().default('authorization'),
    }),
  ),
  /** A secret first part of the path, besides real authentication and never instead of it. */
  PARTNER_PATH_PREFIX: text
    .min(MIN_PREFIX_LENGTH)
    .regex(/^[A-Za-z0-9_-]+$/, 'expected letters, digits, "_" and "-" without a slash'),
  /** One token with the role admin. */
  ADMIN_TOKEN: token,
  /** Tokens with roles: `[{"id": "reception", "role": "operator", "token": "sha256:…"}]`. */
  ADMIN_TOKENS: json(z.array(z.object({ id: text, role: z.enum(ADMIN_ROLES), token })).min(1)),
  /**
   * Cloudflare Access: `{"teamDomain": "example.cloudflareaccess.com", "audience": "…", "roles": {"a@example.com": "admin"}}`.
   * A role is given to an address, or to a service token by its client id.
   */
  ADMIN_ACCESS: json(
    z.object({
      teamDomain: text.regex(/^[a-z0-9.-]+$/),
      audience: text,
      roles: z.record(z.union([z.email(), serviceToken]), z.enum(ADMIN_ROLES)),
    }),
  ),
  /** Private RSA keys that open what FacePass seals for us, as a JWKS. */
  ENVELOPE_PRIVATE_JWKS: text,
  /** A scheme of @facepass-kit/crypto; the default one unless set. */
  ENVELOPE_SCHEME: text,
  PEPPER: text,
  /** While the pepper is being changed: the one before. */
  PREVIOUS_PEPPER: text,
  /** Peppers replaced before, newest first, as long as there are tombstones from their time. */
  RETIRED_PEPPERS: list(text).refine((peppers) => peppers.length <= 4, 'at most four retired peppers'),
  DATA_KEYS: json(z.array(z.object({ kid: text, k: text })).min(1)),
  FACEPASS_CLIENT_ID: text,
  FACEPASS_CLIENT_SECRET: text,
  /** Asked for with each token, where FacePass has named one. */
  FACEPASS_SCOPE: text,
  FACEPASS_BASE_URL: secureUrl,
  FACEPASS_TOKEN_URL: secureUrl,
  /** How long the key of an erased member may wait for the mirror to have the face unregistered; 0: not at all. */
  ERASED_KEY_DAYS: z.coerce.number().min(0),
  /** Endpoints this deployment does not use; they answer 404. */
  SWITCHED_OFF: list(z.enum(['validate', 'registered', 'broker'])),
  /** The partner's own apps: whose JWT names the member, and in which claim. */
  BROKER_JWT: json(
    z.object({ jwksUrl: secureUrl, issuer: text, audience: text, claim: text.default('sub') }),
  ),
  /** Members who live in the partner's own system: `{"url": "https://…", "secrets": ["whsec_…"]}`. */
  DELEGATED_DIRECTORY: json(
    z.strictObject({
      /** Asked with POST, signed; only over TLS. */
      url: secureUrl,
      /** The newest first; two while rotating. */
      secrets: z
        .array(text.refine(isWebhookSecret, 'expected "whsec_" and 24 to 64 bytes in Base64'))
        .min(1)
        .max(2),
      /** The sites whose members live there; all where it is absent. */
      sites: z.array(text).min(1).optional(),
      /** The budget of a question: a person waits, and the guard still has to be asked. */
      timeoutMs: z.int().min(100).max(1_500).default(700),
      /** How long an answer counts without asking again. */
      cacheSeconds: z.int().min(0).max(3_600).default(60),
      /** How much longer it counts while the system does not answer. 0: not at all, and the door stays shut. */
      staleSeconds: z.int().min(0).max(86_400).default(0),
      /** Failures in a row after which the system is left alone, and for how long. */
      failuresToOpen: z.int().min(1).max(100).default(5),
      openSeconds: z.int().min(1).max(600).default(10),
    }),
  ),
  /** Sites run without the guard, by id: KV's lag, and no rule that needs memory. */
  EVENTUAL_SITES: list(text),
  /** Where the site of a question stands: `param:<device parameter>`, `header:<name>`, or in its `path` alone. */
  SITE_FROM: text.regex(/^(path$|(param|header):.)/, 'expected param:<name>, header:<name> or path'),
  /** What B1 answers beyond the key where FacePass need not check it. */
  VALIDATE_ANSWER_FIELDS: list(z.enum(['name', 'birthDate'])),
  /**
   * Whose key B1's answers are sealed under: FacePass's own, or the one the request brought. The latter can be
   * read by whoever may ask, so it needs PARTNER_CERTIFICATES or PARTNER_ADDRESSES.
   */
  VALIDATE_SEAL_FOR: z.enum(['facepass-key', 'request-key']),
  /** Where alerts go: an address, and the secret they are signed with (`whsec_…`). Without it there are none. */
  ALERT_WEBHOOK: json(
    z.strictObject({
      url: secureUrl,
      secret: z.string().refine(isWebhookSecret, 'expected whsec_ and 24 to 64 bytes in Base64'),
    }),
  ),
  /** What is worth an alert; the defaults unless set. */
  ALERT_RULES: json(alertRules),
  /** HTTP status of B1's "no such member". */
  VALIDATE_NOT_FOUND_STATUS: z.enum(['200', '404']),
  /** Whether B1 issues a txId of ours. */
  VALIDATE_ISSUE_TX_ID: z.enum(['true', 'false']),
});

/** Every variable and secret that is read. */
export const SETTING_NAMES: readonly string[] = Object.keys(variables.shape);

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
    SETTING_NAMES.flatMap((name): [string, unknown][] => {
      const value: unknown = Reflect.get(env, name);
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
  const parsed = variables.partial().safeParse(given);
  if (parsed.success) {
    refuseContradictions(parsed.data);
    return parsed.data;
  }
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

/** Members of some sites live elsewhere, and nothing says which site a question is about: it would never be theirs. */
export function lacksSite({ DELEGATED_DIRECTORY, SITE_FROM }: Settings): boolean {
  return DELEGATED_DIRECTORY?.sites !== undefined && SITE_FROM === undefined;
}
