/**
 * Words and schemas for the API document, which is made when the Worker is built. In the bundle an empty function
 * stands in this one's place (wrangler.jsonc), and what only the document names is left out with it.
 */
export function documented<T>(write: () => T): T {
  return write();
}
