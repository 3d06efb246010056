/**
 * The secrets of a local stack: made once, kept in files that are never committed, and written in the form
 * wrangler reads (`.dev.vars`, dotenv). In production the same names are set with `wrangler secret put`.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { generateKeyPair } from '@facepass-kit/crypto';
import { generateDataKey, generatePepper } from '@facepass-kit/protocol';

export interface LocalSecrets {
  /** What FacePass presents to us. */
  readonly partnerToken: string;
  readonly adminToken: string;
  readonly pepper: string;
  /** JSON list of data keys. */
  readonly dataKeys: string;
  /** JSON JWKS with our private envelope key. */
  readonly envelopePrivateJwks: string;
  /** Base64 SPKI of the same key: what a partner hands to FacePass. */
  readonly envelopePublicKey: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

export async function generateLocalSecrets(): Promise<LocalSecrets> {
  const pair = await generateKeyPair();
  return {
    partnerToken: token('fpk_partner'),
    adminToken: token('fpk_admin'),
    pepper: generatePepper(),
    dataKeys: JSON.stringify([generateDataKey('local-1')]),
    envelopePrivateJwks: JSON.stringify({ keys: [pair.privateJwk] }),
    envelopePublicKey: pair.publicKeySpkiBase64,
    clientId: 'local-partner',
    clientSecret: token('fps_client'),
  };
}

/** The secrets kept in `file`, made and written there on the first call. */
export async function keptLocalSecrets(file: string): Promise<LocalSecrets> {
  if (existsSync(file)) {
    // Written by this function alone; a hand-edited file that lacks a field fails at the Worker's own check.
    return JSON.parse(readFileSync(file, 'utf8')) as LocalSecrets;
  }
  const secrets = await generateLocalSecrets();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  return secrets;
}

export type WorkerApp = 'edge-partner-api' | 'sync-cron';

export interface VarsOptions {
  readonly simulatorUrl: string;
  /** How close to now the mirror reads; production keeps a wide margin, a demo wants to see its rows. */
  readonly safetyLagSeconds: number;
}

/** What each Worker reads from its environment, as names and values. */
export function workerVars(
  app: WorkerApp,
  secrets: LocalSecrets,
  options: VarsOptions,
): Record<string, string> {
  const shared = {
    PEPPER: secrets.pepper,
    DATA_KEYS: secrets.dataKeys,
    FACEPASS_CLIENT_ID: secrets.clientId,
    FACEPASS_CLIENT_SECRET: secrets.clientSecret,
    FACEPASS_BASE_URL: options.simulatorUrl,
    FACEPASS_TOKEN_URL: `${options.simulatorUrl}/token`,
  };
  if (app === 'sync-cron') return { ...shared, SAFETY_LAG_SECONDS: String(options.safetyLagSeconds) };
  return {
    ...shared,
    PARTNER_TOKENS: secrets.partnerToken,
    ADMIN_TOKEN: secrets.adminToken,
    ENVELOPE_PRIVATE_JWKS: secrets.envelopePrivateJwks,
  };
}

/** Writes a dotenv file. Values are single-quoted, which dotenv takes literally: JSON passes unchanged. */
export function writeVarsFile(file: string, vars: Readonly<Record<string, string>>): void {
  mkdirSync(dirname(file), { recursive: true });
  const lines = Object.entries(vars).map(([name, value]) => `${name}='${value}'`);
  writeFileSync(file, `# Local secrets, generated; never committed.\n${lines.join('\n')}\n`, { mode: 0o600 });
}

function token(prefix: string): string {
  return `${prefix}_${randomBytes(24).toString('base64url')}`;
}
