/** A field that tomorrow's guide may name and today's does not. */
export const newcomer = { fieldOfTomorrow: { since: '2099-01-01' } } as const;
