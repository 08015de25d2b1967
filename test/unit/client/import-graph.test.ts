// What a program loads with 'taskqueue/client': few files, and one library. What the daemons need beyond that – logging,
// command line, configuration – must not come along.
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../../../src/', import.meta.url));
/** Types are gone when it runs. */
const IMPORT = /^(?:import|export)\s+(?!type\b)(?:[^'";]*?\bfrom\s+)?'([^']+)'|\bimport\(\s*'([^']+)'/gm;

const graph = reachedFrom(join(SRC, 'client/sdk.ts'));

function reachedFrom(entry: string): { readonly files: string[]; readonly packages: string[]; readonly text: string } {
  const files = new Set([entry]);
  const packages = new Set<string>();
  let text = '';
  for (const file of files) {
    const source = readFileSync(file, 'utf8');
    text += source;
    for (const [, stated, dynamic] of source.matchAll(IMPORT)) {
      const name = stated ?? dynamic ?? '';
      if (name.startsWith('.')) files.add(join(dirname(file), name));
      else if (!isBuiltin(name)) packages.add(name);
    }
  }
  return { files: [...files].map((file) => relative(SRC, file)), packages: [...packages], text };
}

describe('taskqueue/client', () => {
  it('loads amqplib, and nothing else of npm', () => {
    expect(graph.packages).toEqual(['amqplib']);
  });

  it('loads nothing of the daemons, their configuration or their commands', () => {
    const folders = new Set(graph.files.map((file) => dirname(file).split('/')[0]));
    expect([...folders].sort()).toEqual(['broker', 'client', 'control', 'core', 'handling', 'workitem']);
    expect(graph.files).toContain('broker/amqp/broker.ts');
  });

  it('can be required: nothing in it awaits at the top level', () => {
    expect(graph.text).not.toMatch(/^(?:(?:const|let|export)\b.*=\s*)?await\b/m);
  });
});
