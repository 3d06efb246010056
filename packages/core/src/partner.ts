/** What FacePass asks a partner's server (B1–B3), and what it is answered. */
export * from './partner/permissions.ts';
export * from './partner/registered.ts';
export * from './partner/validate.ts';
