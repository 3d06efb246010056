/** In place of the words of the rules' JSON Schema (packages/access), which no Worker shows: 1.5 KB, compressed. */
export const WORDS = {};
