import { env } from 'cloudflare:workers';
import { createDataCipher, generateDataKey, type ImportQuery, type ImportView } from '@facepass-kit/protocol';
import { describe, expect, it, vi } from 'vitest';
import { createImportService } from '../src/services/import/import-service.ts';
import { servicesOf } from '../src/services/services.ts';
import { createLeavers } from '../src/store/d1-members/leavers.ts';
import { createD1ImportStore } from '../src/store/imports/import-store.ts';
import { adminClient, ask, askDoor, freshStores, member, publish, putMembers, sealForUs } from './world.ts';

freshStores();

const admin = adminClient();
const OVER = ['done', 'rejected', 'previewed', 'awaiting_confirmation', 'cancelled'];

/** Waits for the Workflow to come to a rest. */
async function rested(id: string): Promise<ImportView> {
  return await vi.waitUntil(
    async () => {
      const view = await admin.memberImport(id);
      return OVER.includes(view.state) && view;
    },
    { timeout: 120_000, interval: 50 },
  );
}

async function importCsv(content: string, query: ImportQuery = {}): Promise<ImportView> {
  return await rested((await admin.importMembers({ format: 'csv', content }, query)).id);
}

async function importLines(records: readonly object[], query: ImportQuery = {}): Promise<ImportView> {
  const content = records.map((record) => `${JSON.stringify(record)}\n`).join('');
  return await rested((await admin.importMembers({ format: 'ndjson', content }, query)).id);
}

async function statusOf(merchantUserKey: string): Promise<string | undefined> {
  return (await admin.lookUpMembers({ merchantUserKey }))[0]?.status;
}

describe('a CSV of members', () => {
  it('is read with Korean headers, a BOM, CRLF, quoted cells and dates as people write them', async () => {
    const csv = [
      '\uFEFF회원번호,이름,휴대폰 번호,생년월일,CI,그룹,시작일,종료일,상태,태그:부서',
      '000001,"홍, ""길동""",010-1234-5678,1990-01-01,CI-1,staff;night,2026-01-01,2026-12-31,활성,"연구',
      '개발"',
      '000002,,,,,,,,정지,',
      '',
    ].join('\r\n');
    expect(await importCsv(csv)).toMatchObject({
      state: 'done',
      added: 2,
      invalid: 0,
      written: 2,
      piecesDone: 0,
    });
    expect(await admin.lookUpMembers({ phoneNumber: '01012345678' })).toMatchObject([
      {
        merchantUserKey: '000001',
        status: 'active',
        groups: ['staff', 'night'],
        tags: { 부서: '연구\r\n개발' },
        validFrom: '2026-01-01T00:00:00+09:00',
        // The last day counts.
        validUntil: '2027-01-01T00:00:00+09:00',
        identified: { ci: true, phoneNumber: true },
      },
    ]);
    expect(await statusOf('000002')).toBe('suspended');
  });

  it('names what is wrong by line, column, code and hint, repeats nothing of it, and writes nothing', async () => {
    const csv = [
      'merchantUserKey,phoneNumber,validUntil,ci,name',
      '000001,01012345678,2026-12-31,CI-1,가나다',
      '000002,1012345678x,2026-12-31,,비밀이름',
      '"0000"03,,,,',
      '000004,,2026-02-30,,',
      '000001,,,,',
      '000006,,,CI-1,',
      ',,,,',
      '000007,,,,,too,many',
    ].join('\n');
    const view = await importCsv(csv);
    expect(view).toMatchObject({ state: 'rejected', invalid: 7, added: 1, written: 0 });
    const errors = await admin.importErrors(view.id);
    expect(errors.map(({ line, column, code }) => [line, column, code])).toEqual([
      [3, 'phoneNumber', 'INVALID_VALUE'],
      [4, null, 'MALFORMED_CSV'],
      [5, 'validUntil', 'INVALID_VALUE'],
      [6, 'merchantUserKey', 'DUPLICATE_MEMBER'],
      [7, 'ci', 'DUPLICATE_CI'],
      [8, 'merchantUserKey', 'INVALID_VALUE'],
      [9, null, 'MALFORMED_CSV'],
    ]);
    expect(JSON.stringify(errors)).not.toMatch(/000001|비밀|10123|CI-1/);
    expect((await admin.listMembers()).members).toEqual([]);
    const staged = await env.DB.prepare(
      'SELECT (SELECT count(*) FROM import_pieces) + (SELECT count(*) FROM import_people) AS n',
    ).first('n');
    expect(staged).toBe(0);
  });

  it('is not written where its last line is cut off: whoever has no status or end there would have more right', async () => {
    const view = await importCsv('merchantUserKey,groups,status,validUntil\n000001,staff,,\n000002,staff');
    expect(view).toMatchObject({ state: 'rejected', invalid: 1, written: 0 });
    expect(await admin.importErrors(view.id)).toMatchObject([{ line: 3, code: 'MALFORMED_CSV' }]);
  });

  it('is refused at once where it is EUC-KR, UTF-16, an open quote, another header, or empty', async () => {
    // "회원" in EUC-KR.
    const eucKr = new Blob([new Uint8Array([0xc8, 0xb8, 0xbf, 0xf8, 0x0a])]);
    await expect(admin.importMembers({ format: 'csv', content: eucKr })).rejects.toMatchObject({
      status: 400,
      code: 'NOT_UTF8',
      message: expect.stringContaining('EUC-KR'),
    });
    const refused: [string | Blob, string][] = [
      [new Blob([new Uint8Array([0xff, 0xfe, 0x61, 0x00])]), 'NOT_UTF8'],
      ['merchantUserKey\n"000001\n', 'UNCLOSED_QUOTE'],
      ['000001,홍길동\n', 'BAD_HEADER'],
      ['name\n홍길동\n', 'BAD_HEADER'],
      ['merchantUserKey,사번\n', 'BAD_HEADER'],
      ['', 'EMPTY_FILE'],
      [`merchantUserKey\n${'x'.repeat(70_000)}`, 'RECORD_TOO_LONG'],
    ];
    for (const [content, code] of refused) {
      await expect(admin.importMembers({ format: 'csv', content })).rejects.toMatchObject({ code });
    }
    expect(await admin.imports()).toEqual([]);
  });
});

describe('what a file does not say of a member who is there', () => {
  const known = member('000001', {
    status: 'suspended',
    groups: ['staff', 'night'],
    validFrom: '2026-01-01T00:00:00+09:00',
    validUntil: '2027-01-01T00:00:00+09:00',
    tags: { team: 'a', floor: '3' },
    locale: 'en',
    identity: { name: '홍길동', phoneNumber: '01012345678', birthDate: '19900101', ci: 'CI-1' },
  });
  const facts = async () => {
    const [found] = await admin.lookUpMembers({ merchantUserKey: '000001' });
    const { person: _, updatedAt: __, ...rest } = found ?? {};
    return rest;
  };

  it('stays as it is: nobody suspended comes in again by a file without a status', async () => {
    await publish();
    await putMembers(known);
    const before = await facts();
    for (const mode of ['upsert', 'replace'] as const) {
      expect(await importCsv('merchantUserKey\n000001\n', { mode })).toMatchObject({
        state: 'done',
        unchanged: 1,
        written: 0,
      });
    }
    expect(await importCsv('merchantUserKey,status,name\n000001,,\n')).toMatchObject({ unchanged: 1 });
    expect(await importLines([{ merchantUserKey: '000001' }])).toMatchObject({ unchanged: 1 });
    await putMembers({ merchantUserKey: '000001' });
    expect(await facts()).toEqual({ ...before, version: 2 });
    expect(await askDoor('000001')).toMatchObject({ verified: false });
  });

  it('stays as it is beside a column that changes, which is the only one to', async () => {
    await putMembers(known);
    const before = await facts();
    const changes: [string, object][] = [
      ['groups', { groups: ['visitors'] }],
      ['validUntil', { validUntil: '2028-01-01T00:00:00+09:00' }],
      ['tag:team', { tags: { team: 'b', floor: '3' } }],
      ['status', { status: 'active' }],
      ['locale', { locale: 'ko' }],
    ];
    const cells = ['visitors', '2027-12-31', 'b', 'active', 'ko'];
    let expected = before;
    for (const [position, [column, change]] of changes.entries()) {
      await importCsv(`merchantUserKey,${column}\n000001,${cells[position]}\n`);
      expected = { ...expected, ...change, version: 2 + position };
      expect(await facts()).toEqual(expected);
    }
  });

  it('is taken away by an empty cell of a column that is there, and by null', async () => {
    await putMembers(known);
    await importCsv('merchantUserKey,groups,validUntil,tag:team,locale\n000001,,,,\n');
    const { validUntil: _, locale: __, ...rest } = known;
    expect(await facts()).toMatchObject({ groups: [], tags: { floor: '3' } });
    expect(Object.keys(await facts())).not.toContain('validUntil');
    await putMembers({ ...rest, validUntil: null, validFrom: null, tags: {} });
    expect(await facts()).toMatchObject({ status: 'suspended', groups: ['staff', 'night'], tags: {} });
    expect(Object.keys(await facts())).not.toContain('validFrom');
  });

  it('leaves the rest of an identity, which is sealed as a whole', async () => {
    await putMembers(known);
    await importCsv('merchantUserKey,phoneNumber\n000001,010-9999-0000\n');
    expect(await admin.lookUpMembers({ ci: 'CI-1' })).toHaveLength(1);
    expect(await admin.lookUpMembers({ phoneNumber: '01099990000' })).toHaveLength(1);
    expect(await admin.lookUpMembers({ phoneNumber: '01012345678' })).toHaveLength(0);
    await importCsv('merchantUserKey,name,ci\n000001,홍길동,\n');
    expect(await admin.lookUpMembers({ ci: 'CI-1' })).toHaveLength(0);
    expect(await admin.lookUpMembers({ phoneNumber: '01099990000' })).toHaveLength(1);
    await putMembers({ merchantUserKey: '000001', identity: { phoneNumber: null } });
    expect(await admin.lookUpMembers({ phoneNumber: '01099990000' })).toHaveLength(0);
  });

  it('is what it is when the file is written, not when it was read', async () => {
    await putMembers({ ...known, status: 'active' });
    let moved = false;
    const slower = new Proxy(env.DB, {
      get(real, name) {
        const value: unknown = Reflect.get(real, name, real);
        if (typeof value !== 'function') return value;
        if (name !== 'batch') return value.bind(real);
        return async (statements: D1PreparedStatement[]) => {
          if (!moved) {
            moved = true;
            await putMembers({
              merchantUserKey: '000001',
              status: 'suspended',
              identity: { name: '김하나' },
            });
          }
          return await real.batch(statements);
        };
      },
    });
    await adminClient({ DB: slower }).upsertMembers({
      members: [{ merchantUserKey: '000001', groups: ['staff'], identity: { ci: 'CI-2' } }],
    });
    expect(await facts()).toMatchObject({ status: 'suspended', groups: ['staff'], version: 3 });
    const who = { encryptedPhoneNumber: '01012345678', encryptedBirthDate: '19900101' };
    await putMembers({ merchantUserKey: '000001', status: 'active' });
    for (const [name, found] of [
      ['김하나', '000001'],
      ['홍길동', null],
    ]) {
      const sealed = await sealForUs({ ...who, encryptedName: name ?? '' });
      expect((await ask('/v1/user/validate', sealed)).body).toMatchObject({ merchantUserKey: found });
    }
    expect(await admin.lookUpMembers({ ci: 'CI-2' })).toHaveLength(1);
  });

  it('counts where there is a limit: no file after the other makes more tags than a member may have', async () => {
    const fifty = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`t${n}`, 'x']));
    await putMembers({ ...known, tags: fifty });
    expect(await importCsv('merchantUserKey,tag:t0\n000001,y\n')).toMatchObject({
      state: 'done',
      changed: 1,
    });
    const view = await importCsv('merchantUserKey,tag:other\n000001,x\n');
    expect(view).toMatchObject({ state: 'rejected', invalid: 1 });
    expect(await admin.importErrors(view.id)).toMatchObject([
      { line: 2, column: 'tag', code: 'TOO_MANY_TAGS' },
    ]);
    expect(await importCsv('merchantUserKey,tag:t0,tag:other\n000001,,x\n')).toMatchObject({ state: 'done' });
  });

  it('is the least for somebody new: active, in no group, without tags', async () => {
    await importCsv('merchantUserKey\n000002\n');
    expect(await admin.lookUpMembers({ merchantUserKey: '000002' })).toMatchObject([
      { status: 'active', groups: [], tags: {}, identified: { ci: false, phoneNumber: false } },
    ]);
  });
});

describe('an import', () => {
  it('counts at the doors when it is done, and changes nothing the second time', async () => {
    await publish();
    const people = [member('000001', { identity: { ci: 'CI-1', name: '홍길동' } }), member('000002')];
    expect(await importLines(people)).toMatchObject({ state: 'done', added: 2, written: 2 });
    expect(await askDoor('000001')).toMatchObject({ verified: true });
    expect(await importLines(people)).toMatchObject({ state: 'done', unchanged: 2, written: 0 });
    const moved = [member('000001', { identity: { ci: 'CI-2', name: '홍길동' } }), member('000002')];
    expect(await importLines(moved)).toMatchObject({ changed: 1, unchanged: 1, written: 1 });
    expect(await admin.lookUpMembers({ ci: 'CI-2' })).toMatchObject([
      { merchantUserKey: '000001', version: 2 },
    ]);
  });

  it('may write the lines that are right and name the others', async () => {
    await putMembers(member('000009', { identity: { ci: 'CI-9' } }), member('000008'));
    const [gone] = await admin.lookUpMembers({ merchantUserKey: '000008' });
    await admin.eraseMember(gone?.person ?? '', 'asked for it');
    const lines = [
      member('000001'),
      { merchantUserKey: 7 },
      member('000002', { identity: { ci: 'CI-9' } }),
      member('000008'),
      member('000001', { status: 'suspended' }),
      { ...member('000003'), 비밀: 1 },
    ];
    const view = await importLines(lines, { partial: 'true' });
    expect(view).toMatchObject({ state: 'done', added: 1, invalid: 5, written: 1 });
    expect((await admin.importErrors(view.id)).map(({ line, code }) => [line, code])).toEqual([
      [2, 'INVALID_VALUE'],
      [3, 'CI_TAKEN'],
      [4, 'ERASED'],
      [5, 'DUPLICATE_MEMBER'],
      [6, 'UNKNOWN_FIELD'],
    ]);
    expect(await statusOf('000001')).toBe('active');
  });

  it('counts a line once that went wrong between its dry run and its confirmation', async () => {
    await putMembers(member('000001'), member('000002'));
    const records = [member('000001', { groups: [] }), member('000002', { groups: [] })];
    const { id } = await importLines(records, { dryRun: 'true', partial: 'true' });
    const [found] = await admin.lookUpMembers({ merchantUserKey: '000002' });
    await admin.eraseMember(found?.person ?? '', 'asked for it');
    await admin.confirmImport(id, 0);
    expect(await rested(id)).toMatchObject({ state: 'done', changed: 1, written: 1, invalid: 1 });
    expect(await admin.importErrors(id)).toMatchObject([{ line: 2, code: 'ERASED' }]);
  });

  it('as a dry run writes nothing until it is confirmed', async () => {
    const view = await importLines([member('000001')], { dryRun: 'true' });
    expect(view).toMatchObject({ state: 'previewed', added: 1, written: 0 });
    expect(await statusOf('000001')).toBeUndefined();
    await admin.confirmImport(view.id, 0);
    expect(await rested(view.id)).toMatchObject({ state: 'done', written: 1 });
    expect(await statusOf('000001')).toBe('active');
  });

  it('can be stopped after any step and goes on from there, each person written once', async () => {
    const held = { ...env, JOBS: { create: async () => ({}) } };
    const content = Array.from({ length: 2_300 }, (_, n) => `${JSON.stringify(member(`m${n}`))}\n`).join('');
    const { id } = await adminClient(held).importMembers({ format: 'ndjson', content });
    const steps: string[] = [];
    for (;;) {
      // Every step in a Worker that has just started.
      const services = servicesOf({ ...env });
      const imports = await services.imports();
      const more = await imports.advance(id);
      const { state, piecesDone } = await imports.get(id);
      steps.push(`${state} ${piecesDone}`);
      if (!more) break;
    }
    expect(steps).toEqual([
      ...['checking 1', 'checking 2', 'checking 3'],
      ...['writing 0', 'writing 1', 'writing 2', 'writing 3'],
      ...['removing 0', 'done 0'],
    ]);
    const versions = await env.DB.prepare(
      'SELECT count(*) AS n, max(version) AS version FROM members',
    ).first();
    expect(versions).toEqual({ n: 2_300, version: 1 });
    expect(await env.DB.prepare('SELECT count(*) AS n FROM member_changes').first('n')).toBe(2_300);
  });

  it('that died between the write and its record writes nobody twice', async () => {
    const held = { ...env, JOBS: { create: async () => ({}) } };
    const { id } = await adminClient(held).importMembers({
      format: 'ndjson',
      content: JSON.stringify(member('000001')),
    });
    const dying = {
      ...env,
      GUARD: {
        getByName: () => ({
          applyMembers: async () => {
            throw new Error('down');
          },
        }),
      },
    };
    // Stands in for the one method that is called.
    const broken = await servicesOf(dying as unknown as typeof env).imports();
    await broken.advance(id);
    await broken.advance(id);
    await expect(broken.advance(id)).rejects.toThrow('down');
    const imports = await servicesOf({ ...env }).imports();
    while (await imports.advance(id));
    expect(await imports.get(id)).toMatchObject({ state: 'done' });
    expect(await admin.lookUpMembers({ merchantUserKey: '000001' })).toMatchObject([{ version: 1 }]);
    expect(
      await env.DB.prepare('SELECT count(*) AS n FROM member_changes WHERE delivered_at IS NULL').first('n'),
    ).toBe(0);
  });

  it('is refused while another one runs', async () => {
    const held = adminClient({ ...env, JOBS: { create: async () => ({}) } });
    const file = { format: 'ndjson' as const, content: JSON.stringify(member('000001')) };
    const { id } = await held.importMembers(file);
    await expect(held.importMembers(file)).rejects.toMatchObject({
      status: 409,
      code: 'IMPORT_RUNNING',
      message: expect.stringContaining(id),
    });
    expect(await held.cancelImport(id)).toMatchObject({ state: 'cancelled' });
    await held.importMembers(file);
  });
});

describe('a file that names everybody', () => {
  const all = Array.from({ length: 20 }, (_, n) => member(`00000${n}`.slice(-6)));

  it('suspends whoever is not in it, at the next question', async () => {
    await publish();
    await putMembers(...all);
    expect(await askDoor('000019')).toMatchObject({ verified: true });
    const view = await importLines(all.slice(0, 19), { mode: 'replace' });
    expect(view).toMatchObject({ state: 'done', membersBefore: 20, unchanged: 19, leaving: 1, removed: 1 });
    expect(await askDoor('000019')).toMatchObject({ verified: false });
    expect(await askDoor('000018')).toMatchObject({ verified: true });
    expect(await statusOf('000019')).toBe('suspended');
    expect(await importLines(all, { mode: 'replace' })).toMatchObject({ changed: 1, leaving: 0 });
    expect(await askDoor('000019')).toMatchObject({ verified: true });
  });

  it('erases leavers where that was asked for', async () => {
    await putMembers(...all);
    expect(await importLines(all.slice(1), { mode: 'replace', leavers: 'erase' })).toMatchObject({
      state: 'done',
      removed: 1,
    });
    expect(await statusOf('000000')).toBeUndefined();
    expect(await env.DB.prepare("SELECT count(*) AS n FROM members WHERE status = 'erased'").first('n')).toBe(
      1,
    );
  });

  it('waits for a confirmation where too many would leave, and for nothing else than their number', async () => {
    await putMembers(...all);
    const view = await importLines(all.slice(0, 10), { mode: 'replace' });
    expect(view).toMatchObject({
      state: 'awaiting_confirmation',
      leaving: 10,
      membersBefore: 20,
      written: 0,
    });
    expect(await statusOf('000019')).toBe('active');
    await expect(admin.confirmImport(view.id, 9)).rejects.toMatchObject({
      status: 409,
      code: 'NOTHING_TO_CONFIRM',
    });
    await admin.confirmImport(view.id, 10);
    expect(await rested(view.id)).toMatchObject({ state: 'done', removed: 10 });
    expect(await statusOf('000019')).toBe('suspended');
    expect(await statusOf('000009')).toBe('active');
  });

  it('makes no leavers of whom it names where it is begun again twice, and once late', async () => {
    await putMembers(...all);
    const held = adminClient({ ...env, JOBS: { create: async () => ({}) } });
    const content = all.map((record) => `${JSON.stringify(record)}\n`).join('');
    const { id } = await held.importMembers({ format: 'ndjson', content }, { mode: 'replace' });
    const imports = await servicesOf(env).imports();
    expect(await imports.advance(id)).toBe(true);
    const key = await createDataCipher([generateDataKey('k')]);
    const late = createD1ImportStore(env.DB, key);
    expect(await late.move(id, { from: 'previewed', to: 'checking', confirmed: 0 }, Date.now())).toBe(false);
    await late.recheck(id, 'another pepper', Date.now());
    while (await imports.advance(id));
    expect(await held.memberImport(id)).toMatchObject({ state: 'done', unchanged: 20, leaving: 0 });
    expect(await statusOf('000019')).toBe('active');
  });

  it.each(['suspend', 'erase'] as const)(
    'counts whom it wrote and had to %s although the guard is away now and then',
    async (leavers) => {
      await putMembers(...all);
      const held = adminClient({ ...env, JOBS: { create: async () => ({}) } });
      const content = [...all.slice(5), member('latest')].map((one) => JSON.stringify(one)).join('\n');
      const { id } = await held.importMembers(
        { format: 'ndjson', content },
        { mode: 'replace', leavers, maxRemovedPercent: 100 },
      );
      let calls = 0;
      const real = env.GUARD.getByName('partner');
      const shaky = {
        ...env,
        GUARD: {
          getByName: () => ({
            applyMembers: async (changes: Parameters<typeof real.applyMembers>[0]) => {
              calls += 1;
              if (calls % 2 === 1) throw new Error('down');
              await real.applyMembers(changes);
            },
            forgetPerson: async (person: string) => await real.forgetPerson(person),
          }),
        },
      };
      // Stands in for the methods that are called.
      const imports = await servicesOf(shaky as unknown as typeof env).imports();
      // As a Workflow tries a step again that threw.
      while (await imports.advance(id).catch(() => true));
      expect(calls).toBeGreaterThan(3);
      expect(await imports.get(id)).toMatchObject({ state: 'done', written: 1, leaving: 5, removed: 5 });
      expect(
        await env.DB.prepare('SELECT count(*) AS n FROM member_changes WHERE delivered_at IS NULL').first(
          'n',
        ),
      ).toBe(0);
    },
  );

  it('removes nobody any more once it is cancelled, though a step is under way that does not know', async () => {
    await putMembers(...all);
    const held = adminClient({ ...env, JOBS: { create: async () => ({}) } });
    const content = all
      .slice(1)
      .map((record) => `${JSON.stringify(record)}\n`)
      .join('');
    const { id } = await held.importMembers({ format: 'ndjson', content }, { mode: 'replace' });
    const imports = await servicesOf(env).imports();
    while ((await imports.get(id)).state !== 'removing') await imports.advance(id);
    const leavers = createLeavers(env.DB);
    expect(await leavers.next(id, Date.now(), 50)).toHaveLength(1);
    await held.cancelImport(id);
    expect(await leavers.next(id, Date.now(), 50)).toEqual([]);
    expect(await leavers.suspend(id, Date.now(), Date.now())).toBe(0);
    for (const { merchantUserKey } of all) expect(await statusOf(merchantUserKey)).toBe('active');
  });

  it('erases nobody who is written while others are being erased', async () => {
    await putMembers(...all.slice(0, 3));
    const services = servicesOf(env);
    const members = await services.members();
    let written = false;
    const imports = createImportService({
      store: createD1ImportStore(env.DB, await createDataCipher([generateDataKey('k')])),
      members: {
        ...members,
        async erase(...what) {
          if (!written) await putMembers(...all.slice(0, 3).map((one) => ({ ...one, groups: [] })));
          written = true;
          return await members.erase(...what);
        },
      },
      leavers: createLeavers(env.DB),
      pepperId: 'p',
      start: async () => {},
    });
    const body = new Blob(['merchantUserKey\n000005\n']).stream();
    const options = { mode: 'replace', format: 'csv', columns: [], dryRun: false, partial: false } as const;
    const leaving = { leavers: 'erase', maxRemovedPercent: 100, utcOffset: '+09:00', pepperId: 'p' } as const;
    const { id } = await imports.receive(body, { ...options, ...leaving }, { actor: 'a', reason: '' });
    while (await imports.advance(id));
    expect(await imports.get(id)).toMatchObject({ state: 'done', leaving: 3, removed: 0 });
    for (const key of ['000000', '000001', '000002']) expect(await statusOf(key)).toBe('active');
  });

  it('waits where it names nobody, whatever share was allowed', async () => {
    await putMembers(...all);
    expect(await importCsv('merchantUserKey\n', { mode: 'replace', maxRemovedPercent: 100 })).toMatchObject({
      state: 'awaiting_confirmation',
      leaving: 20,
    });
  });

  it('takes nobody for a leaver while a line cannot be read', async () => {
    await putMembers(...all);
    expect(await importCsv('merchantUserKey\n000001,x\n', { mode: 'replace' })).toMatchObject({
      state: 'rejected',
    });
    await expect(
      admin.importMembers(
        { format: 'csv', content: 'merchantUserKey\n' },
        { mode: 'replace', partial: 'true' },
      ),
    ).rejects.toMatchObject({ code: 'INVALID_REQUEST', errors: [{ path: 'partial' }] });
  });

  it('leaves whoever was written after it came', async () => {
    await putMembers(...all);
    const held = adminClient({ ...env, JOBS: { create: async () => ({}) } });
    const content = all.map((one) => JSON.stringify(one)).join('\n');
    const { id } = await held.importMembers({ format: 'ndjson', content }, { mode: 'replace' });
    await putMembers(member('latest'));
    // Later than the file by a millisecond at least, however fast the machine is.
    await env.DB.prepare('UPDATE imports SET created_at = created_at - 1').run();
    const imports = await servicesOf({ ...env }).imports();
    while (await imports.advance(id));
    expect(await imports.get(id)).toMatchObject({ state: 'done', leaving: 0 });
    expect(await statusOf('latest')).toBe('active');
  });
});
