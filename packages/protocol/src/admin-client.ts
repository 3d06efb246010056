import { z } from 'zod';
import {
  type PublishReleaseRequest,
  problem,
  type ReleaseHead,
  releaseHead,
  type SiteModeRequest,
  type UpsertMembersAnswer,
  type UpsertMembersRequest,
  upsertMembersAnswer,
} from './admin-api.ts';
import {
  type MirroredDecision,
  type MirroredRegistration,
  type MirroredVerification,
  mirroredDecision,
  mirroredRegistration,
  mirroredVerification,
  type RecentQuery,
  type SyncReport,
  syncReport,
} from './mirror-rpc.ts';

/** A refusal of the admin API; `code` is the problem's stable code, `status` its HTTP status. */
export class AdminApiError extends Error {
  override readonly name = 'AdminApiError';
  readonly code: string;
  readonly status: number;
  readonly errors: readonly { path: string; message: string }[];

  constructor(status: number, code: string, message: string, errors: AdminApiError['errors'] = []) {
    super(message);
    this.status = status;
    this.code = code;
    this.errors = errors;
  }
}

export interface AdminClientOptions {
  readonly baseUrl: string;
  readonly token: string;
  readonly fetch?: typeof fetch;
}

/** The admin API of the edge app, typed. Every method throws {@link AdminApiError} on a refusal. */
export interface AdminClient {
  upsertMembers(request: UpsertMembersRequest): Promise<UpsertMembersAnswer>;
  publishRelease(request: PublishReleaseRequest): Promise<ReleaseHead>;
  /** The release in force, or null before the first was published. */
  releaseHead(): Promise<ReleaseHead | null>;
  setSiteMode(siteId: string, request: SiteModeRequest): Promise<void>;
  sync(): Promise<SyncReport>;
  recentVerifications(query?: RecentQuery): Promise<MirroredVerification[]>;
  recentRegistrations(query?: RecentQuery): Promise<MirroredRegistration[]>;
  recentDecisions(query?: RecentQuery): Promise<MirroredDecision[]>;
}

export function createAdminClient(options: AdminClientOptions): AdminClient {
  const call = async <S extends z.ZodType>(
    method: string,
    path: string,
    answer: S,
    body?: unknown,
  ): Promise<z.infer<S>> => {
    const send = options.fetch ?? fetch;
    const response = await send(new URL(path, options.baseUrl), {
      method,
      headers: {
        authorization: `Bearer ${options.token}`,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw refusal(response.status, text);
    const parsed = answer.safeParse(parseJson(text));
    if (!parsed.success) {
      throw new AdminApiError(
        response.status,
        'UNEXPECTED_ANSWER',
        `${method} ${path} answered in another shape`,
      );
    }
    return parsed.data;
  };

  return {
    upsertMembers: (request) => call('PUT', '/admin/v1/members', upsertMembersAnswer, request),
    publishRelease: (request) => call('POST', '/admin/v1/releases', releaseHead, request),
    releaseHead: () => call('GET', '/admin/v1/releases/head', releaseHead.nullable()),
    setSiteMode: async (siteId, request) => {
      await call('PUT', `/admin/v1/sites/${encodeURIComponent(siteId)}/mode`, z.undefined(), request);
    },
    sync: () => call('POST', '/admin/v1/mirror/sync', syncReport),
    recentVerifications: (query) =>
      call('GET', `/admin/v1/mirror/verifications${search(query)}`, z.array(mirroredVerification)),
    recentRegistrations: (query) =>
      call('GET', `/admin/v1/mirror/registrations${search(query)}`, z.array(mirroredRegistration)),
    recentDecisions: (query) =>
      call('GET', `/admin/v1/mirror/decisions${search(query)}`, z.array(mirroredDecision)),
  };
}

function refusal(status: number, text: string): AdminApiError {
  const parsed = problem.safeParse(parseJson(text));
  if (!parsed.success) return new AdminApiError(status, 'HTTP_ERROR', `the admin API answered ${status}`);
  const { code, title, detail, errors } = parsed.data;
  return new AdminApiError(status, code, detail ?? title, errors);
}

/** Undefined for an empty body; for one that is no JSON something that fits no schema. */
function parseJson(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return Symbol('not JSON');
  }
}

function search(query: RecentQuery | undefined): string {
  const entries = Object.entries(query ?? {}).flatMap(([key, value]): [string, string][] =>
    value === undefined ? [] : [[key, String(value)]],
  );
  return entries.length === 0 ? '' : `?${new URLSearchParams(entries)}`;
}
