import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { commands } from '../src/control/commands.ts';
import { faultSchema } from '../src/faults/fault.ts';
import { errorCodes } from '../src/vendor-api/failures.ts';
import { personalitySchema, plainPersonality } from '../src/world/personality.ts';

const reference = readFileSync(new URL('../../../docs/reference/simulator.md', import.meta.url), 'utf8');

function rowOf(section: string, name: string): string {
  const lines = reference.split(`\n## ${section}\n`)[1]?.split('\n## ')[0]?.split('\n') ?? [];
  const row = lines.find((line) => line.split('|')[1]?.includes(`\`${name}\``));
  expect(row, `${name} has no row under ${section}`).toBeDefined();
  return row ?? '';
}

describe('the reference', () => {
  it.each(Object.entries(commands))('lists the command %s with its fields', (name, schema) => {
    const row = rowOf('The control API', name);
    for (const field of Object.keys(schema.shape)) {
      if (field !== 'clientId') expect(row).toContain(field);
    }
  });

  it.each(Object.entries(personalitySchema.shape))(
    'lists the personality field %s with its values',
    (name, schema) => {
      const row = rowOf('Personalities', name);
      if (!('options' in schema)) return;
      for (const value of schema.options) expect(row).toContain(`\`${value}\``);
      const plain: Readonly<Record<string, unknown>> = plainPersonality;
      expect(
        row
          .split('|')[2]
          ?.trim()
          .startsWith(`\`${String(plain[name])}\``),
      ).toBe(true);
    },
  );

  it.each(faultSchema.options.map(({ shape }) => [shape.kind.value, Object.keys(shape)] as const))(
    'lists the fault %s with its fields',
    (kind, fields) => {
      const row = rowOf('Faults', kind);
      for (const field of fields) if (field !== 'kind') expect(row).toContain(field);
    },
  );

  it.each(Object.values(errorCodes))('names the error code %s', (code) => {
    expect(reference).toContain(`\`${code}\``);
  });
});
