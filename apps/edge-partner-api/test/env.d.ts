import type { D1Migration } from 'cloudflare:test';
import type { Bindings } from '../src/env.ts';

declare global {
  namespace Cloudflare {
    interface Env extends Bindings {
      readonly TEST_MIGRATIONS: D1Migration[];
      readonly TEST_METRICS: AnalyticsEngineDataset;
      /** Under which FacePass seals for us. */
      readonly TEST_PARTNER_PUBLIC_KEY: string;
      /** A key that is not ours. */
      readonly TEST_FOREIGN_PUBLIC_KEY: string;
      /** FacePass's private keys: open what we seal for it. */
      readonly TEST_FACEPASS_JWKS: string;
    }
    interface GlobalProps {
      mainModule: typeof import('../src/index.ts');
      durableNamespaces: 'Guard';
    }
  }
}
