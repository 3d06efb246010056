/**
 * Where the Workers are deployed to. Each app's `wrangler.jsonc` describes its Worker once, and stands for production; an
 * environment adds its suffix to every name, so that none shares a database, a queue or a counter with another.
 * `pnpm run environment <name>` writes the configurations: docs/operations/deploy.md.
 */
import type { Environment } from './lib/environment-config.ts';

export const environments: Readonly<Record<string, Environment>> = {
  production: {
    suffix: '',
    // The Worker answers nowhere until it is given an address in a zone of yours:
    // apps: { 'edge-partner-api': { routes: [{ pattern: 'doors.example.com', custom_domain: true }] } },
  },
  staging: { suffix: '-staging' },
  dev: { suffix: '-dev' },
};
