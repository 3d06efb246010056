import * as z from 'zod';

/** Any JSON value, as it crosses a queue or an RPC boundary. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The device parameters of a question (`params` of B2): free JSON, whose keys may be Korean. */
export const jsonObject = z.record(z.string(), z.json());
export type JsonObject = z.infer<typeof jsonObject>;
