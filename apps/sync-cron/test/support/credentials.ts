/** The merchant that tests sign in as; the simulator knows no other. */
export const credentials = { clientId: 'client-a', clientSecret: 'marked-secret-of-client-a' } as const;
