import { describe, expectTypeOf, it } from 'vitest';
import * as z from 'zod';
import type {
  AuditStatus,
  CallResult,
  FacePassClient,
  FacePassErrorCode,
  FacePassEvent,
  KnownAuditStatus,
  MerchantUserKey,
  PermissionsAnswer,
  PrepareFields,
  PrepareSuccess,
  ResultCode,
  ValidateRequest,
  VendorTimestamp,
  Verification,
  VerificationStatus,
} from '../src/index.ts';
import { isKnownAuditStatus, isKnownResultCode, merchantUserKey, permissionsRequest } from '../src/index.ts';

declare const client: FacePassClient;

describe('open enumerations', () => {
  it('complete their literals and take any text', () => {
    expectTypeOf<'SUCCESS'>().toExtend<AuditStatus>();
    expectTypeOf<string>().toExtend<AuditStatus>();
    expectTypeOf<'ANYTHING'>().toExtend<ResultCode>();
    // A plain `string` would have swallowed the literals that an editor completes.
    expectTypeOf<VerificationStatus>().not.toEqualTypeOf<string>();
    expectTypeOf<Extract<AuditStatus, 'WAITING'>>().toEqualTypeOf<'WAITING'>();
  });

  it('narrow, so that a switch over what is known is exhaustive', () => {
    const explain = (status: AuditStatus): string => {
      if (!isKnownAuditStatus(status)) return 'unknown';
      switch (status) {
        case 'WAITING':
        case 'HOLDING':
          return 'not yet';
        case 'SUCCESS':
          return 'yes';
        case 'FAILURE':
        case 'CANCELED':
          return 'no';
        default:
          expectTypeOf(status).toBeNever();
          return status;
      }
    };
    expectTypeOf(explain).returns.toBeString();
    const code = 'X' as ResultCode | undefined;
    if (isKnownResultCode(code)) expectTypeOf(code).toExtend<'FACE_NOT_FOUND' | ResultCode>();
    expectTypeOf<KnownAuditStatus>().toEqualTypeOf<
      'WAITING' | 'SUCCESS' | 'FAILURE' | 'CANCELED' | 'HOLDING'
    >();
  });
});

describe('answers', () => {
  it('tell done from not done before they give a token', () => {
    expectTypeOf<Extract<PrepareSuccess, { completed: true }>['token']>().toBeString();
    expectTypeOf<Extract<PrepareSuccess, { completed: false }>['token']>().toEqualTypeOf<
      string | undefined
    >();
  });

  it('have their times read and their optional fields optional', () => {
    expectTypeOf<Verification['verifyTs']>().toEqualTypeOf<VendorTimestamp>();
    expectTypeOf<Verification['id']>().toBeString();
    expectTypeOf<Verification['merchantUserKey']>().toEqualTypeOf<MerchantUserKey | undefined>();
    expectTypeOf<Verification['customCode']>().toEqualTypeOf<string | undefined>();
  });

  it('are promises that also give their response', () => {
    const call = client.registrations.status('000001');
    expectTypeOf<Awaited<typeof call>['registered']>().toBeBoolean();
    expectTypeOf(call.withResponse()).resolves.toExtend<CallResult<{ registered: boolean }>>();
  });

  it('of an endpoint added tomorrow are typed by its schema, or unknown', () => {
    const typed = client.request('GET', '/api/v2/door', { schema: z.object({ open: z.boolean() }) });
    expectTypeOf(typed).resolves.toEqualTypeOf<{ open: boolean }>();
    expectTypeOf(client.request('POST', '/api/v2/door')).resolves.toBeUnknown();
  });
});

describe('requests', () => {
  it('take a brand where it is at hand and a text where not', () => {
    expectTypeOf(merchantUserKey('1')).toEqualTypeOf<MerchantUserKey>();
    expectTypeOf(client.registrations.unregister).parameter(0).toBeString();
    expectTypeOf<MerchantUserKey>().toExtend<string>();
    expectTypeOf<string>().not.toExtend<MerchantUserKey>();
    expectTypeOf(permissionsRequest.parse({}).merchantUserKey).toEqualTypeOf<MerchantUserKey>();
  });

  it('know which fields a person must have', () => {
    expectTypeOf<{
      merchantUserKey: string;
      name: string;
      ci: string;
      email: string;
    }>().toExtend<PrepareFields>();
    expectTypeOf<{ name: string }>().not.toExtend<PrepareFields>();
  });

  it('from FacePass name their fields', () => {
    expectTypeOf<ValidateRequest['encryptedCI']>().toEqualTypeOf<string | undefined>();
    expectTypeOf<ValidateRequest['encryptedKey']>().toBeString();
    expectTypeOf<{ verified: true }>().toExtend<PermissionsAnswer>();
    expectTypeOf<{ verified: boolean; customMessage: null }>().toExtend<PermissionsAnswer>();
  });

  it('are lists to iterate, by row or by page', () => {
    const list = client.verifications.list({ from: new Date(), to: '2024-01-01T00:00:00' });
    expectTypeOf(list).toExtend<AsyncIterable<Verification>>();
    expectTypeOf(list.toArray({ limit: 1 })).resolves.toEqualTypeOf<Verification[]>();
    // @ts-expect-error a number may be seconds or milliseconds: say which, by a Date
    client.verifications.list({ from: 0, to: 1 });
    // @ts-expect-error an unbounded array is asked for by nobody who knows how long it is
    list.toArray();
  });
});

describe('events and errors', () => {
  it('are told apart by type and by code', () => {
    expectTypeOf<Extract<FacePassEvent, { type: 'retry_scheduled' }>['waitMs']>().toBeNumber();
    expectTypeOf<'auth_error'>().toExtend<FacePassErrorCode>();
    expectTypeOf<'something'>().not.toExtend<FacePassErrorCode>();
  });
});
