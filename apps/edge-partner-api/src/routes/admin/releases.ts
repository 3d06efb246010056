import { releaseSchema } from '@facepass-kit/access/schema';
import {
  listReleasesQuery,
  previewRequest,
  publishReleaseRequest,
  releaseDiff,
  releaseDiffQuery,
  releaseHead,
  releaseList,
  releasePath,
  releasePreview,
  republishRequest,
} from '@facepass-kit/protocol';
import { expectedRelease, releaseTag } from '../../http/if-match.ts';
import { type Route, route } from '../../http/route.ts';
import { REFUSALS } from './answers.ts';

const invalidRelease = {
  ...REFUSALS.invalid,
  description: 'The rules do not hold together: every place that is wrong.',
};

export const releaseRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/admin/v1/releases',
    access: { admin: 'admin' },
    body: publishReleaseRequest,
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Publish rules',
          ifMatch: 'the head',
          description:
            'They hold from the next question on. `If-Match` with the entity tag of the head, or `expectedHead`, makes it a compare-and-set. Where a test fails that they bring along nothing is published, unless `despiteFailingTests` says why.',
          answers: {
            201: { description: 'The release in force now.', schema: releaseHead },
            400: REFUSALS.invalid,
            409: REFUSALS.conflict,
            422: invalidRelease,
          },
        },
    async handle(c, { body: { release, ...publication } }) {
      c.set('action', 'releases.publish');
      c.set('reason', publication.reason);
      const expectedHead = publication.expectedHead ?? expectedRelease(c.req.header('if-match'));
      const { head, failingTests } = await (await c.get('services').releases()).publish(release, {
        ...publication,
        ...(expectedHead !== undefined && { expectedHead }),
      });
      if (failingTests > 0) {
        c.set('action', 'releases.publish_despite_failing_tests');
        c.set('reason', `${publication.reason} (despite failing tests: ${publication.despiteFailingTests})`);
      }
      c.set('subject', head.hash);
      c.header('etag', releaseTag(head.hash));
      return c.json(head, 201);
    },
  }),
  route({
    method: 'get',
    path: '/admin/v1/releases',
    access: { admin: 'viewer' },
    query: listReleasesQuery,
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'List what was published, newest first',
          answers: {
            200: { description: 'Publications with author, time and reason.', schema: releaseList },
          },
        },
    handle: async (c, { query: { limit } }) =>
      c.json({ releases: await (await c.get('services').releases()).list(limit) }),
  }),
  route({
    method: 'get',
    path: '/admin/v1/releases/head',
    access: { admin: 'viewer' },
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Read which release is in force',
          answers: {
            200: {
              description: 'The head, or null before anything was published.',
              schema: releaseHead.nullable(),
            },
          },
        },
    async handle(c) {
      const head = await c.get('services').guard.head();
      if (head !== null) c.header('etag', releaseTag(head.hash));
      return c.json(head);
    },
  }),
  route({
    method: 'post',
    path: '/admin/v1/releases/preview',
    access: { admin: 'viewer' },
    body: previewRequest,
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Check a draft and see what it would change',
          description:
            'Runs the tests it brings along, and asks the last questions again under the draft and under the rules in force. Publishes nothing.',
          answers: {
            200: { description: 'What would be answered otherwise.', schema: releasePreview },
            422: invalidRelease,
          },
        },
    async handle(c, { body: { release, questions } }) {
      c.set('action', 'releases.preview');
      return c.json(await (await c.get('services').releases()).preview(release, questions));
    },
  }),
  route({
    method: 'get',
    path: '/admin/v1/releases/:hash',
    access: { admin: 'viewer' },
    params: releasePath,
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Read published rules',
          answers: { 200: { description: 'The rules.', schema: releaseSchema }, 404: REFUSALS.unknown },
        },
    handle: async (c, { params: { hash } }) => c.json(await (await c.get('services').releases()).get(hash)),
  }),
  route({
    method: 'get',
    path: '/admin/v1/releases/:hash/diff',
    access: { admin: 'viewer' },
    params: releasePath,
    query: releaseDiffQuery,
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Compare two releases',
          answers: {
            200: { description: 'Parts added, removed or changed.', schema: releaseDiff },
            404: REFUSALS.unknown,
          },
        },
    handle: async (c, { params: { hash }, query: { from } }) =>
      c.json(await (await c.get('services').releases()).diff(from, hash)),
  }),
  route({
    method: 'post',
    path: '/admin/v1/releases/:hash/publish',
    access: { admin: 'admin' },
    params: releasePath,
    body: republishRequest,
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Roll back, or forward, to rules published before',
          ifMatch: 'the head',
          answers: {
            201: { description: 'The release in force now.', schema: releaseHead },
            404: REFUSALS.unknown,
            409: REFUSALS.conflict,
            503: {
              ...REFUSALS.unknown,
              description: 'Published, and not to be read just now: try again within a minute.',
            },
          },
        },
    async handle(c, { params: { hash }, body }) {
      c.set('action', 'releases.republish');
      c.set('subject', hash);
      c.set('reason', body.reason);
      const expectedHead = body.expectedHead ?? expectedRelease(c.req.header('if-match'));
      const publication = { ...body, ...(expectedHead !== undefined && { expectedHead }) };
      const head = await (await c.get('services').releases()).republish(hash, publication);
      c.header('etag', releaseTag(head.hash));
      return c.json(head, 201);
    },
  }),
];
