/**
 * What wrangler.jsonc puts into the bundle in place of zod's core, as its classic API sees it: the same without what
 * none of our schemas is made of, and which a bundler cannot tell from what they are, since every schema has a method
 * for each: 5 KB of the Worker, compressed. A schema made of it fails when the Worker is loaded, not at a request.
 */
import {
  constantCatch,
  derived,
  extend,
  hide,
  installLazyProp,
  issue,
  mergeDefs,
  normalizeParams,
  omit,
  own,
  partial,
  shallowClone,
} from '../node_modules/zod/v4/core/util.js';

export * from 'zod/v4/core';

function absent() {
  throw new Error('this kind of schema is not part of this bundle: see bundle/without-unused-schemas.js');
}
/** Named one by one: of a module that is handed on as a whole nothing can be left out. */
export const util = {
  constantCatch,
  derived,
  extend,
  hide,
  installLazyProp,
  issue,
  mergeDefs,
  normalizeParams,
  omit,
  own,
  partial,
  shallowClone,
  merge: absent,
  pick: absent,
  required: absent,
  safeExtend: absent,
};
const absentCodec = () => absent;

export {
  absent as $ZodBase64,
  absent as $ZodBase64URL,
  absent as $ZodBigInt,
  absent as $ZodCIDRv4,
  absent as $ZodCIDRv6,
  absent as $ZodCUID,
  absent as $ZodCUID2,
  absent as $ZodDate,
  absent as $ZodE164,
  absent as $ZodEmoji,
  absent as $ZodExactOptional,
  absent as $ZodGUID,
  absent as $ZodIPv4,
  absent as $ZodIPv6,
  absent as $ZodISODuration,
  absent as $ZodISOTime,
  absent as $ZodIntersection,
  absent as $ZodJWT,
  absent as $ZodKSUID,
  absent as $ZodNanoID,
  absent as $ZodNonOptional,
  absent as $ZodReadonly,
  absent as $ZodULID,
  absent as $ZodXID,
  absent as _base64,
  absent as _base64url,
  absent as _cidrv4,
  absent as _cidrv6,
  absent as _coercedBigint,
  absent as _coercedDate,
  absent as _cuid,
  absent as _cuid2,
  absent as _e164,
  absent as _emoji,
  absent as _guid,
  absent as _ipv4,
  absent as _ipv6,
  absent as _isoDuration,
  absent as _isoTime,
  absent as _jwt,
  absent as _ksuid,
  absent as _nanoid,
  absent as _slugify,
  absent as _ulid,
  absent as _uuidv4,
  absent as _uuidv6,
  absent as _uuidv7,
  absent as _xid,
  absentCodec as _decode,
  absentCodec as _decodeAsync,
  absentCodec as _encode,
  absentCodec as _encodeAsync,
  absentCodec as _safeDecode,
  absentCodec as _safeDecodeAsync,
  absentCodec as _safeEncode,
  absentCodec as _safeEncodeAsync,
};
