export { type JsonSchema, releaseJsonSchema } from './json-schema.ts';
export { memberSchema } from './member.ts';
export { parseRelease } from './parse.ts';
export { releaseSchema } from './release.ts';
