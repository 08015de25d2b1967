// The README's "install for real", word for word.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rememberFiles } from './files.ts';
import { BOTH, CONFIG, DISPATCHER, type Host, PACKAGES, property, quoted, WORKERPOOL } from './host.ts';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
/** From the packages being there to the first result. */
const LIMIT_MS = 30_000;

interface Block {
  readonly language: string;
  readonly text: string;
}

export function installing(host: Host): void {
  const blocks = blocksOf(/\n## Install for real\n([\s\S]*?)\n### /.exec(README)?.[1] ?? '');
  const [install, ...rest] = blocks;

  test('brings four packages that start nothing yet, but will with the host', async () => {
    await rememberFiles(host());
    expect(install?.text).toMatch(/^apt install /);
    // apt asks whether it may.
    await host().output(`cd ${PACKAGES}; ${install?.text} < <(yes)`, 120_000);
    for (const unit of [DISPATCHER, WORKERPOOL]) {
      expect(await property(host(), unit, 'ActiveState')).toBe('inactive');
      expect(await property(host(), unit, 'UnitFileState')).toBe('enabled');
    }
    expect(await host().output('taskqueue --version')).toMatch(/^\d+\.\d+\.\d+$/);
  });

  test('goes on as the README says, and less than half a minute later there is a result', async () => {
    expect(rest.length).toBeGreaterThanOrEqual(4);
    const begun = performance.now();
    let last = '';
    for (const { language, text } of rest) {
      last = language === 'ini' ? await host().output(edit(text)) : await host().output(`cd ${PACKAGES}; ${text}`);
    }
    expect(last.split('\n').at(-1)).toBe('hello');
    expect(performance.now() - begun).toBeLessThan(LIMIT_MS);
  });

  test('leaves the configuration to root and the dispatcher alone', async () => {
    const list = await host().output(`stat --format='%n %U:%G %a' /etc/taskqueue /etc/taskqueue/conf.d ${CONFIG}`);
    expect(list).toBe(
      `/etc/taskqueue root:taskqueue 750\n/etc/taskqueue/conf.d root:taskqueue 750\n${CONFIG} root:taskqueue 640`,
    );
  });

  test('shows the figures in systemctl status', async () => {
    const dispatcher = await property(host(), DISPATCHER, 'StatusText');
    expect(dispatcher).toMatch(/^\d+ in flight; \d+ done in the last minute; broker localhost:5672 connected$/);
    const pool = await property(host(), WORKERPOOL, 'StatusText');
    expect(pool).toMatch(/^2 of 2 instances running; \d+ in flight; \d+ done in the last minute; broker .* connected$/);
    process.stdout.write(`${await host().output(`systemctl status ${BOTH}`)}\n`);
  });

  test('has units that systemd finds nothing wrong with, and a dispatcher that is well locked up', async () => {
    const { stdout, stderr } = await host().run(`systemd-analyze verify ${DISPATCHER}.service ${WORKERPOOL}.service`);
    expect(stdout + stderr).toBe('');
    const security = await host().output(`systemd-analyze security --no-pager ${DISPATCHER}.service | tail -n 1`);
    expect(Number(/: (\d+\.\d+) /.exec(security)?.[1])).toBeLessThanOrEqual(1.5);
  });

  test('brings manual pages and completion', async () => {
    for (const page of ['taskqueue.1', 'taskqueue-config.ini.5', 'taskqueue-plugins.7']) {
      expect(await host().output(`man ${page} 2>&1 | head -n 3`)).toMatch(/^TASKQUEUE/i);
    }
    const complete = `source /usr/share/bash-completion/bash_completion; source /usr/share/bash-completion/completions/taskqueue
      COMP_WORDS=(taskqueue wor) COMP_CWORD=1 COMP_LINE='taskqueue wor' COMP_POINT=13; _taskqueue; echo "\${COMPREPLY[@]}"
      COMP_WORDS=(taskqueue check --j) COMP_CWORD=2 COMP_LINE='taskqueue check --j' COMP_POINT=19; _taskqueue; echo "\${COMPREPLY[@]}"`;
    expect(await host().output(`bash -c ${quoted(complete)}`)).toBe('workerpool\n--json');
  });
}

function blocksOf(section: string): Block[] {
  return [...section.matchAll(/^( *)```(sh|ini)\n([\s\S]*?)\n\1```$/gm)].map(
    ([, indent = '', language = '', text = '']) => {
      return { language, text: text.replaceAll(`\n${indent}`, '\n').slice(indent.length) };
    },
  );
}

/** What an administrator does in an editor: the section as the README shows it, in the place of the empty one. */
function edit(section: string): string {
  return `grep -q '^\\[amqp\\]$' ${CONFIG}
    awk -v section=${quoted(section.replaceAll('\n', '\\n'))} '/^\\[amqp\\]$/ { print section; next } { print }' ${CONFIG} > new
    cat new > ${CONFIG}; rm new`;
}
