/**
 * What wrangler.jsonc puts into the bundle in place of the texts from which zod makes functions where it may: a Worker
 * may not make any, zod sees that by itself, and takes the other way before it would write such a text.
 */
export class Doc {}
