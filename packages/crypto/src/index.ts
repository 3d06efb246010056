export { decodeBase64, encodeBase64 } from './base64.ts';
export type { EnvelopeParts, Sealed } from './envelope.ts';
export { EnvelopeError, type EnvelopeErrorCode } from './envelope-error.ts';
export { type GeneratedKeyPair, generateKeyPair } from './generate-key-pair.ts';
export type { KeyWrap } from './key-wrap.ts';
export { createOpener, type EnvelopeToOpen, type Opener, type OpenerOptions } from './opener.ts';
export { importPeerKey, type PeerKey } from './peer-key.ts';
export { listPlausibleSchemes } from './plausible-schemes.ts';
export {
  importPrivateKeys,
  type PrivateJwk,
  type PrivateJwks,
  type PrivateKey,
  type PrivateKeys,
} from './private-keys.ts';
export type { OaepHash, OaepKeys } from './rsa-key.ts';
export {
  type CbcScheme,
  type DekForm,
  defaultScheme,
  type EnvelopeScheme,
  type GcmScheme,
  isEnvelopeScheme,
  type RsaPadding,
} from './scheme.ts';
export { type SchemePreset, schemePresets } from './scheme-presets.ts';
export { formatScheme, parseScheme } from './scheme-text.ts';
export { createSealer, type Sealer, type SealerOptions } from './sealer.ts';
