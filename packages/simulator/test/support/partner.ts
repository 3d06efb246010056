import { generateNodeKeys, openWithNode } from './node-envelope.ts';

/** What the partner was asked. */
export interface Question {
  readonly path: string;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export interface ScriptedPartner {
  readonly publicKey: string;
  readonly questions: Question[];
  /** Stands in for the network towards the partner. */
  readonly fetch: typeof fetch;
  /** What the next questions to a path get. */
  answer(path: string, answer: (question: Question) => unknown): void;
  open(question: Question, name: string): string;
}

export const partnerUrl = 'http://partner.test';

/** A partner whose every answer a test dictates, and which opens envelopes with node:crypto. */
export function createScriptedPartner(): ScriptedPartner {
  const { publicKey, privateKeyPem } = generateNodeKeys();
  const questions: Question[] = [];
  const answers = new Map<string, (question: Question) => unknown>();
  return {
    publicKey,
    questions,
    answer: (path, answer) => answers.set(path, answer),
    open: ({ body }, name) => openWithNode(privateKeyPem, stringsOf(body), name),
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const body: unknown = await request.json();
      const path = new URL(request.url).pathname;
      const question = { path, headers: request.headers, body: Object(body) };
      questions.push(question);
      const answer = await answers.get(path)?.(question);
      return answer instanceof Response
        ? answer
        : Response.json(answer ?? {}, { status: answer ? 200 : 404 });
    },
  };
}

function stringsOf(body: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, String(value)]));
}
