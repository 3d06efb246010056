/** Days of a week as they are written in schedules, in ISO 8601 order. */
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
