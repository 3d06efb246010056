import { releaseSchema } from '@facepass-kit/access/schema';
import * as z from 'zod';
import {
  type PublishReleaseRequest,
  problem,
  type SiteModeRequest,
  type UpsertMembersRequest,
} from './admin-api.ts';
import type { DenyRequest, ExplainRequest, PassRequest, ResetPresenceRequest } from './admin-doors.ts';
import type { ImportQuery } from './admin-imports.ts';
import type { erasuresQuery, PushMemberEvents, SetMemberFeed } from './admin-member-feeds.ts';
import type {
  ListMembersQuery,
  LookupMemberRequest,
  MemberChangesQuery,
  ReplaceMemberRequest,
} from './admin-members.ts';
import type { registrationsQuery } from './admin-registrations.ts';
import type { auditQuery, PreviewRequest, RepublishRequest } from './admin-releases.ts';
import {
  type ReleaseHead,
  releaseHead,
  type UpsertMembersAnswer,
  upsertMembersAnswer,
} from './answers/admin-api.ts';
import {
  type AccessExplanation,
  type AreaPresence,
  areaPresence,
  type DenyListEntry,
  denyEntries,
  denyEntry,
  explanation,
  type LastDecision,
  lastDecisions,
  type PassListEntry,
  passEntries,
  passEntry,
  resetPresenceAnswer,
  type SiteStatus,
  siteStatuses,
} from './answers/admin-doors.ts';
import {
  type ImportLineError,
  type ImportView,
  importErrors,
  importList,
  importView,
} from './answers/admin-imports.ts';
import {
  type Erasures,
  erasures,
  type MemberEventsAnswer,
  type MemberFeed,
  memberEventsAnswer,
  memberFeed,
} from './answers/admin-member-feeds.ts';
import {
  lookupMemberAnswer,
  type MemberChanges,
  type MemberPage,
  type MemberVersionAnswer,
  type MemberView,
  memberChanges,
  memberPage,
  memberVersionAnswer,
  memberView,
} from './answers/admin-members.ts';
import { type RegistrationEvent, registrationEvents } from './answers/admin-registrations.ts';
import {
  type AuditEntries,
  auditEntries,
  type ReleaseDiff,
  type ReleasePreview,
  releaseDiff,
  releaseList,
  releasePreview,
} from './answers/admin-releases.ts';
import { type RenewalView, renewalView } from './answers/admin-renewal.ts';
import {
  approveLeaversAnswer,
  type Leaver,
  type LeaverEvent,
  type LeaversRound,
  leaver,
  leaverEvent,
  leaversRound,
} from './answers/leavers.ts';
import {
  type BackfillProgress,
  backfillProgress,
  type Finding,
  finding,
  type MirroredDecision,
  type MirroredRegistration,
  type MirroredVerification,
  mirroredDecision,
  mirroredRegistration,
  mirroredVerification,
  type ReconciledHour,
  type Report,
  reconciledHour,
  report,
  type SyncReport,
  syncReport,
} from './answers/mirror-rpc.ts';
import { type MirrorStatus, mirrorStatus, replayAnswer, runReports } from './answers/mirror-status.ts';
import type { LeaverEventsQuery, LeaversQuery } from './leavers.ts';
import type { ExportRequest } from './mirror-export.ts';
import type { BackfillOrder, FindingQuery, RecentQuery, ReportQuery } from './mirror-rpc.ts';
import type { RunsQuery } from './mirror-status.ts';

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

/** Counts on a version: a write is refused with `VERSION_MOVED` where the member has another one by now. */
export interface ExpectedVersion {
  readonly version?: number;
}

/** A file of members. */
export interface MemberFile {
  readonly format: 'csv' | 'ndjson';
  readonly content: string | Blob | ReadableStream<Uint8Array>;
}

/** The admin API of the edge app, typed. Every method throws {@link AdminApiError} on a refusal. */
export interface AdminClient {
  upsertMembers(request: UpsertMembersRequest): Promise<UpsertMembersAnswer>;
  listMembers(query?: ListMembersQuery): Promise<MemberPage>;
  /** Members by key, CI or phone number; their `person` names them in the methods below. */
  lookUpMembers(name: LookupMemberRequest): Promise<MemberView[]>;
  member(person: string): Promise<MemberView>;
  /** Writes what a member is like. */
  replaceMember(
    person: string,
    member: ReplaceMemberRequest,
    expected?: ExpectedVersion,
  ): Promise<MemberVersionAnswer>;
  suspendMember(person: string, reason: string, expected?: ExpectedVersion): Promise<MemberVersionAnswer>;
  restoreMember(person: string, reason: string, expected?: ExpectedVersion): Promise<MemberVersionAnswer>;
  eraseMember(person: string, reason: string, expected?: ExpectedVersion): Promise<MemberVersionAnswer>;
  memberChanges(query?: MemberChangesQuery): Promise<MemberChanges>;
  /** Pushes changes of another system under its own numbers; a push that is repeated counts once. */
  pushMemberEvents(feed: string, request: PushMemberEvents): Promise<MemberEventsAnswer>;
  memberFeed(feed: string): Promise<MemberFeed>;
  setMemberFeed(feed: string, request: SetMemberFeed): Promise<MemberFeed>;
  /** The proofs that people were erased, oldest first. */
  erasures(query?: z.input<typeof erasuresQuery>): Promise<Erasures>;

  /** Registrations that ended, as FacePass called back, after the last one that is known. */
  registrations(query?: z.input<typeof registrationsQuery>): Promise<RegistrationEvent[]>;

  /** Hands in a file of members; it is worked off in the background. A stream is sent as it comes. */
  importMembers(file: MemberFile, query?: ImportQuery): Promise<ImportView>;
  imports(): Promise<ImportView[]>;
  memberImport(id: string): Promise<ImportView>;
  importErrors(id: string): Promise<ImportLineError[]>;
  /** Has a previewed or waiting import done; `leaving` is the number its preview gave. */
  confirmImport(id: string, leaving: number): Promise<ImportView>;
  cancelImport(id: string): Promise<ImportView>;

  publishRelease(request: PublishReleaseRequest): Promise<ReleaseHead>;
  /** Puts rules in force that were published before. */
  republishRelease(hash: string, request: RepublishRequest): Promise<ReleaseHead>;
  /** The release in force, or null before the first was published. */
  releaseHead(): Promise<ReleaseHead | null>;
  releases(): Promise<ReleaseHead[]>;
  release(hash: string): Promise<z.output<typeof releaseSchema>>;
  diffReleases(from: string, to: string): Promise<ReleaseDiff>;
  previewRelease(request: PreviewRequest): Promise<ReleasePreview>;

  sites(): Promise<SiteStatus[]>;
  setSiteMode(siteId: string, request: SiteModeRequest): Promise<void>;
  denies(): Promise<DenyListEntry[]>;
  deny(request: DenyRequest): Promise<DenyListEntry>;
  withdrawDeny(id: string): Promise<void>;
  passes(): Promise<PassListEntry[]>;
  issuePass(request: PassRequest): Promise<PassListEntry>;
  revokePass(id: string): Promise<void>;
  presence(areaId: string): Promise<AreaPresence>;
  /** How many people were declared to be outside. */
  resetPresence(areaId: string, request: ResetPresenceRequest): Promise<number>;
  /** The last decisions, newest first, straight from the guard. */
  lastDecisions(limit?: number): Promise<LastDecision[]>;
  explain(request: ExplainRequest): Promise<AccessExplanation>;

  sync(): Promise<SyncReport>;
  /** How the mirror stands: how late, what waits, what is stuck. */
  mirrorStatus(): Promise<MirrorStatus>;
  mirrorRuns(query?: RunsQuery): Promise<SyncReport[]>;
  /** Compares the hours of a range with our answers again, as far as they are mirrored and here. */
  reconcile(from: number, to: number): Promise<ReconciledHour[]>;
  findings(query: FindingQuery): Promise<Finding[]>;
  /** How far older history is read, and how long the rest will take. */
  backfill(): Promise<BackfillProgress[]>;
  /** Begins to read older history, holds it, goes on, gives up what is unread, or reads everything again. */
  orderBackfill(order: BackfillOrder): Promise<BackfillProgress[]>;
  /** Tries the oldest decisions that could not be stored again. */
  replayDeadLetters(): Promise<{ stored: number; refused: number }>;
  /** Counts what was mirrored; `complete` says whether all of the range was. */
  mirrorReport(query: ReportQuery): Promise<Report>;
  /** Rows of a range as a file, streamed; a stream that fails is not complete. */
  exportRows(request: ExportRequest): Promise<ReadableStream<Uint8Array>>;
  /** People who left, by what became of their face. */
  leavers(query?: LeaversQuery): Promise<Leaver[]>;
  /** Has the faces of people who left unregistered; returns how many of them have one. */
  approveLeavers(people: readonly string[]): Promise<number>;
  sweepLeavers(): Promise<LeaversRound>;
  leaverEvents(query?: LeaverEventsQuery): Promise<LeaverEvent[]>;
  recentVerifications(query?: RecentQuery): Promise<MirroredVerification[]>;
  recentRegistrations(query?: RecentQuery): Promise<MirroredRegistration[]>;
  recentDecisions(query?: RecentQuery): Promise<MirroredDecision[]>;

  /** Brings everything stored under the current pepper and data key, in the background. */
  beginRenewal(reason: string): Promise<RenewalView>;
  renewal(): Promise<RenewalView>;

  audit(query?: z.input<typeof auditQuery>): Promise<AuditEntries['entries']>;
}

interface SentRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: MemberFile['content'];
}

export function createAdminClient(options: AdminClientOptions): AdminClient {
  const call = async <S extends z.ZodType>(
    method: string,
    path: string,
    answer: S,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<z.infer<S>> =>
    await sent(method, path, answer, {
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  const sent = async <S extends z.ZodType>(
    method: string,
    path: string,
    answer: S,
    request: SentRequest,
  ): Promise<z.infer<S>> => {
    const response = await reach(method, path, request);
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

  const reach = async (
    method: string,
    path: string,
    { headers, ...content }: SentRequest,
  ): Promise<Response> => {
    const send = options.fetch ?? fetch;
    return await send(new URL(path, options.baseUrl), {
      method,
      headers: {
        authorization: `Bearer ${options.token}`,
        accept: 'application/json',
        ...headers,
      },
      ...content,
      // A stream is sent while it is read (Fetch standard, `duplex`); types of some runtimes do not know it yet.
      ...(content.body instanceof ReadableStream ? { duplex: 'half' } : {}),
    });
  };

  const get = <S extends z.ZodType>(path: string, answer: S) => call('GET', path, answer);
  const post = <S extends z.ZodType>(path: string, answer: S, body?: unknown) =>
    call('POST', path, answer, body);
  const memberWrite = (
    method: string,
    path: string,
    body: object,
    expected: ExpectedVersion = {},
  ): Promise<MemberVersionAnswer> => {
    const headers = expected.version === undefined ? {} : { 'if-match': `"${expected.version}"` };
    return call(method, path, memberVersionAnswer, body, headers);
  };

  return {
    upsertMembers: (request) => call('PUT', '/admin/v1/members', upsertMembersAnswer, request),
    listMembers: (query) => get(`/admin/v1/members${search(query)}`, memberPage),
    lookUpMembers: async (name) => (await post('/admin/v1/members/lookup', lookupMemberAnswer, name)).members,
    member: (person) => get(`/admin/v1/members/${segment(person)}`, memberView),
    replaceMember: (person, member, expected) =>
      memberWrite('PUT', `/admin/v1/members/${segment(person)}`, member, expected),
    suspendMember: (person, reason, expected) =>
      memberWrite('POST', `/admin/v1/members/${segment(person)}/suspend`, { reason }, expected),
    restoreMember: (person, reason, expected) =>
      memberWrite('POST', `/admin/v1/members/${segment(person)}/restore`, { reason }, expected),
    eraseMember: (person, reason, expected) =>
      memberWrite('DELETE', `/admin/v1/members/${segment(person)}`, { reason }, expected),
    memberChanges: (query) => get(`/admin/v1/members/changes${search(query)}`, memberChanges),
    pushMemberEvents: (feed, request) =>
      post(`/admin/v1/members/feeds/${segment(feed)}/events`, memberEventsAnswer, request),
    memberFeed: (feed) => get(`/admin/v1/members/feeds/${segment(feed)}`, memberFeed),
    setMemberFeed: (feed, request) =>
      call('PUT', `/admin/v1/members/feeds/${segment(feed)}`, memberFeed, request),
    erasures: (query) => get(`/admin/v1/members/erasures${search(query)}`, erasures),

    registrations: async (query) =>
      (await get(`/admin/v1/registrations${search(query)}`, registrationEvents)).registrations,

    importMembers: ({ format, content }, query) =>
      sent('POST', `/admin/v1/members/imports${search(query)}`, importView, {
        headers: { 'content-type': format === 'csv' ? 'text/csv' : 'application/x-ndjson' },
        body: content,
      }),
    imports: async () => (await get('/admin/v1/members/imports', importList)).imports,
    memberImport: (id) => get(`/admin/v1/members/imports/${segment(id)}`, importView),
    importErrors: async (id) =>
      (await get(`/admin/v1/members/imports/${segment(id)}/errors`, importErrors)).errors,
    confirmImport: (id, leaving) =>
      post(`/admin/v1/members/imports/${segment(id)}/confirm`, importView, { leaving }),
    cancelImport: (id) => call('DELETE', `/admin/v1/members/imports/${segment(id)}`, importView),

    publishRelease: (request) => post('/admin/v1/releases', releaseHead, request),
    republishRelease: (hash, request) =>
      post(`/admin/v1/releases/${segment(hash)}/publish`, releaseHead, request),
    releaseHead: () => get('/admin/v1/releases/head', releaseHead.nullable()),
    releases: async () => (await get('/admin/v1/releases', releaseList)).releases,
    release: (hash) => get(`/admin/v1/releases/${segment(hash)}`, releaseSchema),
    diffReleases: (from, to) => get(`/admin/v1/releases/${segment(to)}/diff${search({ from })}`, releaseDiff),
    previewRelease: (request) => post('/admin/v1/releases/preview', releasePreview, request),

    sites: async () => (await get('/admin/v1/sites', siteStatuses)).sites,
    setSiteMode: async (siteId, request) => {
      await call('PUT', `/admin/v1/sites/${segment(siteId)}/mode`, z.undefined(), request);
    },
    denies: async () => (await get('/admin/v1/denies', denyEntries)).denies,
    deny: (request) => post('/admin/v1/denies', denyEntry, request),
    withdrawDeny: async (id) => {
      await call('DELETE', `/admin/v1/denies/${segment(id)}`, z.undefined());
    },
    passes: async () => (await get('/admin/v1/passes', passEntries)).passes,
    issuePass: (request) => post('/admin/v1/passes', passEntry, request),
    revokePass: async (id) => {
      await call('DELETE', `/admin/v1/passes/${segment(id)}`, z.undefined());
    },
    presence: (areaId) => get(`/admin/v1/areas/${segment(areaId)}/presence`, areaPresence),
    resetPresence: async (areaId, request) =>
      (await post(`/admin/v1/areas/${segment(areaId)}/presence/reset`, resetPresenceAnswer, request)).left,
    lastDecisions: async (limit) =>
      (await get(`/admin/v1/decisions${search({ limit })}`, lastDecisions)).decisions,
    explain: (request) => post('/admin/v1/explain', explanation, request),

    sync: () => post('/admin/v1/mirror/sync', syncReport),
    mirrorStatus: () => get('/admin/v1/mirror/status', mirrorStatus),
    mirrorRuns: (query) => get(`/admin/v1/mirror/runs${search(query)}`, runReports),
    reconcile: (from, to) => post('/admin/v1/mirror/reconcile', z.array(reconciledHour), { from, to }),
    findings: (query) => get(`/admin/v1/mirror/findings${search(query)}`, z.array(finding)),
    backfill: () => get('/admin/v1/mirror/backfill', z.array(backfillProgress)),
    orderBackfill: (order) => post('/admin/v1/mirror/backfill', z.array(backfillProgress), order),
    replayDeadLetters: () => post('/admin/v1/mirror/dead-letters/replay', replayAnswer),
    mirrorReport: ({ name, ...range }) =>
      get(`/admin/v1/mirror/reports/${segment(name)}${search(range)}`, report),
    async exportRows(request) {
      const response = await reach('POST', '/admin/v1/mirror/export', {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(request),
      });
      if (!response.ok) throw refusal(response.status, await response.text());
      return response.body ?? new Blob().stream();
    },
    leavers: (query) => get(`/admin/v1/mirror/leavers${search(query)}`, z.array(leaver)),
    approveLeavers: async (people) =>
      (await post('/admin/v1/mirror/leavers/approve', approveLeaversAnswer, { people })).approved,
    sweepLeavers: () => post('/admin/v1/mirror/leavers/sweep', leaversRound),
    leaverEvents: (query) => get(`/admin/v1/mirror/leavers/events${search(query)}`, z.array(leaverEvent)),
    // In a body: a query may name a person, and addresses are logged.
    recentVerifications: (query = {}) =>
      post('/admin/v1/mirror/verifications/search', z.array(mirroredVerification), query),
    recentRegistrations: (query = {}) =>
      post('/admin/v1/mirror/registrations/search', z.array(mirroredRegistration), query),
    recentDecisions: (query = {}) =>
      post('/admin/v1/mirror/decisions/search', z.array(mirroredDecision), query),

    beginRenewal: (reason) => post('/admin/v1/renewal', renewalView, { reason }),
    renewal: () => get('/admin/v1/renewal', renewalView),

    audit: async (query) => (await get(`/admin/v1/audit${search(query)}`, auditEntries)).entries,
  };
}

function segment(text: string): string {
  return encodeURIComponent(text);
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

function search(query: object = {}): string {
  const entries = Object.entries(query).flatMap(([key, value]): [string, string][] =>
    value === undefined ? [] : [[key, String(value)]],
  );
  return entries.length === 0 ? '' : `?${new URLSearchParams(entries)}`;
}
