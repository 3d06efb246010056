export { type JsonSchema, releaseJsonSchema } from './json-schema.ts';
export { memberSchema, TAGS_MAX } from './member.ts';
export { parseRelease } from './parse.ts';
export {
  id as idSchema,
  MERCHANT_USER_KEY_MAX,
  memberKey as memberKeySchema,
  timeZone as timeZoneSchema,
} from './primitives.ts';
export { releaseSchema } from './release.ts';
