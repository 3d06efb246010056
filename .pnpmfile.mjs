/**
 * Scalar's package holds its complete browser build, the one file we serve. What it depends on, 270 packages, is for
 * embedding it in a Vue application, and would double an install.
 */
export const hooks = {
  readPackage(manifest) {
    if (manifest.name === '@scalar/api-reference') {
      manifest.dependencies = {};
      manifest.peerDependencies = {};
    }
    return manifest;
  },
};
