export { decodeBase64, encodeBase64 } from './base64.ts';
export type { EnvelopeParts, Sealed } from './envelope.ts';
export { EnvelopeError, type EnvelopeErrorCode } from './envelope-error.ts';
export type { FieldCodec } from './fields.ts';
export { type GeneratedKeyPair, generateKeyPair } from './generate-key-pair.ts';
export type { KeyWrap } from './key-wrap.ts';
export type { OpenerOptions } from './open-envelope.ts';
export { createOpener, type EnvelopeToOpen, type FieldsToOpen, type Opener } from './opener.ts';
export { importPeerKey, type PeerKey } from './peer-key.ts';
export {
  importPrivateKeys,
  type PrivateJwk,
  type PrivateJwks,
  type PrivateKey,
  type PrivateKeySource,
  type PrivateKeys,
} from './private-keys.ts';
export type { OaepHash, OaepKeys, PublicJwk } from './rsa-key.ts';
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
