import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const source = join(import.meta.dirname, '../src');

/** Modules that an entry loads, types aside, and the packages they ask for. */
function loadedBy(entry: string): { files: Set<string>; packages: Set<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const open = [join(source, entry)];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    const text = readFileSync(file, 'utf8');
    for (const [, specifier = ''] of text.matchAll(/^(?:import|export) (?!type )[^;]*?from '([^']+)';/gm)) {
      if (specifier.startsWith('.')) open.push(join(dirname(file), specifier));
      else packages.add(specifier);
    }
  }
  return { files, packages };
}

describe('what a door loads', () => {
  it('asks for no package', () => {
    const { files, packages } = loadedBy('index.ts');
    expect(files.size).toBeGreaterThan(15);
    expect([...packages]).toEqual([]);
  });

  it('is told apart from what reads documents', () => {
    expect([...loadedBy('text/index.ts').packages].sort()).toEqual(['yaml', 'zod']);
    expect([...loadedBy('schema/index.ts').packages]).toEqual(['zod']);
    expect([...loadedBy('holidays/index.ts').packages]).toEqual([]);
    expect([...loadedBy('icalendar/index.ts').packages]).toEqual(['ical.js']);
    expect([...loadedBy('analysis/index.ts').packages]).toEqual([]);
    expect([...loadedBy('memory-guard.ts').packages]).toEqual([]);
  });
});
