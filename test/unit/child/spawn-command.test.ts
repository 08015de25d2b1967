// The door for programs in any language: the same as for Node's processes, with a standard input in the place of fd 3.
import { closeSync, openSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type CommandChild, type CommandSpec, spawnCommand } from '../../../src/child/spawn.ts';
import { isRunning } from '../../support/probe.ts';
import { until } from '../../support/until.ts';

function start(command: readonly [string, ...string[]], more: Partial<CommandSpec> = {}): CommandChild {
  const child = spawnCommand({ command, identity: null, environment: {}, workdir: '/', ...more });
  onTestFinished(() => {
    child.killGroup('SIGKILL');
  });
  return child;
}

const said = (script: string, more: Partial<CommandSpec> = {}): Promise<string> =>
  text(start(['/bin/sh', '-c', script], more).stdout);

describe('a program', () => {
  it('is run with its arguments as they are: no shell looks at them', async () => {
    const odd = ['$(echo no)', 'two words', '', '*', "'", 'a=b', '-c'];
    expect(await text(start(['/usr/bin/printf', '%s|', ...odd]).stdout)).toBe(odd.map((one) => `${one}|`).join(''));
  });

  it('has its three standard streams, and no file of ours', async () => {
    const ours = openSync('/etc/passwd', 'r');
    const links = (await said('for n in 0 1 2 $(ls /proc/$$/fd); do readlink /proc/$$/fd/$n; done')).split('\n');
    closeSync(ours);
    for (const link of links.slice(0, 3)) expect(link).toMatch(/^socket:/);
    expect(links).not.toContain('/etc/passwd');
    expect(links.filter((link) => link.startsWith('socket:') && !links.slice(0, 3).includes(link))).toEqual([]);
  });

  it('has no capability and gets none back, and goes first when memory is short', async () => {
    const status = await said('cat /proc/self/status /proc/self/oom_score_adj');
    for (const name of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb'])
      expect(status).toContain(`${name}:\t0000000000000000\n`);
    expect(status).toContain('NoNewPrivs:\t1\n');
    expect(status).toMatch(/\n500\n$/);
  });

  it('is the process itself, leads its group, and starts in its workdir with what is configured', async () => {
    const child = start(['/bin/sh', '-c', 'echo $$ $(cut -d " " -f 5 /proc/$$/stat) $(pwd) $GREETING'], {
      workdir: '/usr/lib',
      environment: { GREETING: 'hello' },
    });
    expect(await text(child.stdout)).toBe(`${child.pid} ${child.pid} /usr/lib hello\n`);
  });

  it('reads what it is sent, and its end', async () => {
    const child = start(['/bin/cat']);
    child.stdin.end('to be read');
    expect(await text(child.stdout)).toBe('to be read');
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });

  it('ends with everything that it has started', async () => {
    const child = start(['/bin/sh', '-c', 'sleep 1000 >&- 2>&- & echo $!']);
    const other = Number(await text(child.stdout));
    expect(await child.exited).toEqual({ code: 0, signal: null });
    await until(() => !isRunning(other), 'the other one ends, too');
  });

  it('that cannot be run exits as the shell does, and says why', async () => {
    for (const [path, code] of [
      ['/does/not/exist', 127],
      ['/etc/passwd', 126],
    ] as const) {
      const child = start([path]);
      expect(await text(child.stderr)).toContain(path);
      expect(await child.exited).toEqual({ code, signal: null });
    }
  });

  it('that cannot even be tried is told as that', async () => {
    const child = start(['/bin/true'], { environment: { HUGE: 'x'.repeat(3_000_000) } });
    expect(await child.exited).toMatchObject({ error: { code: 'UNAVAILABLE' } });
    expect(child.stdin.writable).toBe(false);
  });
});
