import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { keysOf, optionsIn } from '../../../src/config/option.ts';
import { AMQP_OPTIONS, GENERAL_OPTIONS } from '../../../src/config/options.ts';
import { WORKER_OPTIONS } from '../../../src/config/worker-options.ts';
import { exampleConfig } from './example-config.ts';
import { read } from './read.ts';

const file = readFileSync(new URL('../../../etc/config.ini', import.meta.url), 'utf8');
const tables = [AMQP_OPTIONS, GENERAL_OPTIONS, WORKER_OPTIONS] as const;
const options = tables.flatMap((table) => optionsIn<object>(table));

/** The file with every option that has a default switched on: the examples stay comments. */
const withDefaults = file
  .replace(/^### Examples[\s\S]*/m, '')
  .replace(/For example:\n;/g, 'For example:\n; ')
  .replace(/^;(?=\w)/gm, '');

describe('etc/config.ini', () => {
  it('is what the option table says (vitest -u writes it anew)', async () => {
    await expect(exampleConfig()).toMatchFileSnapshot('../../../etc/config.ini');
  });

  it('names every option', () => {
    for (const key of tables.flatMap((table) => keysOf<object>(table))) expect(file).toContain(`\n;${key} =`);
  });

  it('changes nothing as it is shipped', () => {
    expect(read(file, ['a'])).toEqual(read('', ['a']));
  });

  it('shows the real defaults: switched on, they change nothing', () => {
    const { amqp, general, groups, mistakes } = read(withDefaults, ['a']);
    const plain = read('', ['a']);
    expect(mistakes).toEqual([]);
    expect({ amqp, general }).toEqual({ amqp: plain.amqp, general: plain.general });
    // Nobody else than `taskqueue-worker` is meant by default, but only where the pool manager is root.
    expect(groups[0]?.options).toEqual({ ...plain.groups[0]?.options, user: 'taskqueue-worker' });
  });

  it('has only examples that can be read', () => {
    for (const { kind, example, shown } of options) {
      if (example !== undefined) expect(kind.parse(example)).toMatchObject({ ok: true });
      if (shown !== undefined) expect(kind.parse(shown)).toMatchObject({ ok: true });
    }
  });

  it('documents every option in a sentence', () => {
    for (const { doc } of options) expect(doc).toMatch(/^\S.{10,}\.$/);
  });
});

describe('the option table', () => {
  it('can read what it writes, for every default', () => {
    for (const { kind, fallback } of options) {
      const text = kind.format(fallback);
      if (text !== '') expect(kind.parse(text)).toEqual({ ok: true, value: fallback });
    }
  });
});
