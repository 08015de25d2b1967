import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { keysOf } from '../../../src/config/option.ts';
import { AMQP_OPTIONS, GENERAL_OPTIONS } from '../../../src/config/options.ts';
import { WORKER_OPTIONS } from '../../../src/config/worker-options.ts';
import { configManual } from './config-manual.ts';
import { read } from './read.ts';

const page = readFileSync(new URL('../../../man/taskqueue-config.ini.5', import.meta.url), 'utf8');

describe('man/taskqueue-config.ini.5', () => {
  it('is what the option table says (vitest -u writes it anew)', async () => {
    await expect(configManual()).toMatchFileSnapshot('../../../man/taskqueue-config.ini.5');
  });

  it('explains every option', () => {
    const keys = [AMQP_OPTIONS, GENERAL_OPTIONS, WORKER_OPTIONS].flatMap((table) => keysOf<object>(table));
    for (const key of keys) expect(page).toContain(`\n.B ${key}\n`);
  });

  it('shows an example that can be read', () => {
    const example = /\.SH EXAMPLE\n\.nf\n([\s\S]*?)\n\.fi/.exec(page)?.[1]?.replaceAll('\\-', '-') ?? '';
    expect(example).toContain('[amqp]');
    expect(read(example.replace(/passwd_file.*/, ''), ['worker1', 'worker2']).mistakes).toEqual([]);
  });
});
