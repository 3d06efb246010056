/**
 * What wrangler.jsonc puts into the bundle in place of what Hono needs to mount applications of other frameworks, and to
 * read forms and cookies, also to validate them: here there is one application, and it reads JSON.
 */
function absent() {
  throw new Error('this part of Hono is not part of this bundle: see bundle/without-unused-hono.js');
}

export {
  absent as bufferToFormData,
  absent as createMountedRequest,
  absent as getCookie,
  absent as parseBody,
};
