/* global Scalar -- defined by scalar.js, which is loaded before this file. */

// A file of its own, since the page's policy allows no script inside it. Nothing here leaves this host.
Scalar.createApiReference('#reference', {
  url: '/openapi.json',
  documentDownloadType: 'direct',
  telemetry: false,
  withDefaultFonts: false,
  hideClientButton: true,
  showDeveloperTools: 'never',
  persistAuth: false,
  agent: { disabled: true },
  mcp: { disabled: true },
});
