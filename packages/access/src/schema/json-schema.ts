import * as z from 'zod';
import { releaseSchema } from './release.ts';

/** As far as completing and checking what people write needs it. */
export interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly [keyword: string]: unknown;
}

/** The rules document as JSON Schema (draft 2020-12), for editors: what may be written, before defaults. */
export function releaseJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(releaseSchema, { io: 'input', target: 'draft-2020-12' });
  // The generator types its result by the standard; only the keywords above are looked into here.
  return { ...schema, title: 'FacePass access rules' } as JsonSchema;
}
