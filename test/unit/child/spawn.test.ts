import { once } from 'node:events';
import { openSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { canSwitchUsers, type Identity } from '../../../src/child/identity.ts';
import { type Child, type ChildSpec, privilegeOptions, spawnChild } from '../../../src/child/spawn.ts';
import type { TaskqueueError } from '../../../src/core/errors.ts';
import { spawnGuarded } from '../../support/guard.ts';
import {
  firstWord,
  isRunning,
  type ProbeArgs,
  type Report,
  writeForAll,
  writeParent,
  writeProbe,
} from '../../support/probe.ts';
import { until } from '../../support/until.ts';

let probe: string;
beforeAll(() => {
  probe = writeProbe();
});

function start(args: ProbeArgs, more: Partial<ChildSpec> = {}): Child {
  const child = spawnChild({ program: probe, args, identity: null, environment: {}, workdir: '/', ...more });
  onTestFinished(() => {
    child.killGroup('SIGKILL');
  });
  return child;
}

const report = (more: Partial<ChildSpec> = {}) => firstWord(start(['report'], more).pipe) as Promise<Report>;

describe('a child process', () => {
  it('has no capability, gets none back, and can get no privilege by running a program', async () => {
    const { status } = await report();
    expect(status).toMatchObject({
      CapInh: '0000000000000000',
      CapPrm: '0000000000000000',
      CapEff: '0000000000000000',
      CapAmb: '0000000000000000',
      NoNewPrivs: '1',
    });
  });

  it('has an empty standard input, pipes and fd 3, and no file of ours', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const ours = [openSync(probe, 'r'), (server as unknown as { _handle: { fd: number } })._handle.fd];
    const targets = ours.map((fd) => readlinkSync(`/proc/self/fd/${fd}`));
    const { files } = await report();
    server.close();
    expect(files['0']).toBe('/dev/null');
    for (const fd of ['1', '2', '3']) expect(files[fd]).toMatch(/^socket:/);
    for (const target of targets) expect(Object.values(files)).not.toContain(target);
  });

  it('does not hand fd 3 on to what it starts', async () => {
    const { files, filesOfItsChild } = await report();
    expect(filesOfItsChild.length).toBeGreaterThan(2);
    expect(filesOfItsChild).not.toContain(files['3']);
  });

  it('gets the listed variables and the configured ones, and nothing else of our environment', async () => {
    process.env.SECRET_OF_THE_DAEMON = 'hunter2';
    onTestFinished(() => {
      delete process.env.SECRET_OF_THE_DAEMON;
    });
    const { env } = await report({ environment: { GREETING: 'hello = world', PATH: '/opt/bin' } });
    expect(env).toMatchObject({ GREETING: 'hello = world', PATH: '/opt/bin', HOME: process.env.HOME });
    const known = /^(PATH|LANG|LANGUAGE|TZ|LC_\w+|HOME|USER|LOGNAME|SHELL|TMPDIR|GREETING)$/;
    expect(Object.keys(env).filter((name) => !known.test(name))).toEqual([]);
  });

  it('starts in its workdir, with the options of node that were asked for', async () => {
    const { cwd, argv, execArgv } = await report({ workdir: '/usr/lib', nodeOptions: ['--max-old-space-size=64'] });
    expect(cwd).toBe('/usr/lib');
    expect(argv.slice(1)).toEqual([probe, 'report']);
    expect(execArgv).toContain('--max-old-space-size=64');
  });

  it('is a session and a process group of its own', async () => {
    const child = start(['report']);
    const { status } = (await firstWord(child.pipe)) as Report;
    expect(status).toMatchObject({ NSpgid: String(child.pid), NSsid: String(child.pid) });
  });

  it('has its output on two pipes', async () => {
    const child = start(['print']);
    expect(await Promise.all([text(child.stdout), text(child.stderr)])).toEqual(['to stdout\n', 'to stderr\n']);
  });
});

describe('the end of a child process', () => {
  it('is told with its exit code', async () => {
    expect(await start(['exit', '7']).exited).toEqual({ code: 7, signal: null });
  });

  it('is told with the signal that ended it, endless loop or not', async () => {
    const child = start(['loop']);
    await firstWord(child.pipe);
    expect(child.killGroup('SIGKILL')).toBe(true);
    expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(child.killGroup('SIGKILL')).toBe(false);
  });

  it('is that of everything it has started, where its group is killed', async () => {
    const child = start(['family']);
    const grandchild = (await firstWord(child.pipe)) as number;
    expect(isRunning(grandchild)).toBe(true);
    child.killGroup('SIGKILL');
    await until(() => !isRunning(grandchild), 'the grandchild ends');
  });

  it('is that of everything it has started, also where it dies alone', async () => {
    const child = start(['family']);
    const grandchild = (await firstWord(child.pipe)) as number;
    process.kill(child.pid as number, 'SIGKILL');
    await child.exited;
    await until(() => !isRunning(grandchild), 'the grandchild ends');
  });

  it('comes with ours: a child in an endless loop dies with a parent that is killed -9', async () => {
    const parent = spawnGuarded(process.execPath, [await writeParent(probe, null)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(parent.stdout as NonNullable<typeof parent.stdout>, 'data')) as [Buffer];
    const pid = Number(line.toString());
    expect(isRunning(pid)).toBe(true);
    process.kill(parent.pid as number, 'SIGKILL');
    await until(() => !isRunning(pid), 'the child ends');
  });
});

describe('a child process that cannot be started', () => {
  const errorOf = async (child: Child): Promise<TaskqueueError> => {
    const exit = await child.exited;
    if ('error' in exit) return exit.error;
    throw new Error(`it ran, and ended with ${JSON.stringify(exit)}`);
  };

  it('tells of a workdir that cannot be entered', async () => {
    const error = await errorOf(start(['report'], { workdir: '/does/not/exist' }));
    expect(error).toMatchObject({ code: 'CONFIG', message: expect.stringContaining('/does/not/exist') });
  });

  it('tells so where the system takes no such environment', async () => {
    const child = start(['report'], { environment: { HUGE: 'x'.repeat(3_000_000) } });
    expect(await errorOf(child)).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('E2BIG') });
    expect(child.pid).toBeUndefined();
    expect(child.killGroup('SIGKILL')).toBe(false);
  });

  it('ends with the exit code of node where the program is missing', async () => {
    expect(await start(['report'], { program: writeForAll('x.mjs', '').replace('x.mjs', 'y.mjs') }).exited).toEqual({
      code: 1,
      signal: null,
    });
  });
});

describe('what setpriv is told', () => {
  const worker: Identity = { name: 'bifh1', uid: 1001, gid: 1002, home: '/home/bifh1', shell: '/bin/sh' };
  const root: Identity = { name: 'root', uid: 0, gid: 0, home: '/root', shell: '/bin/sh' };
  const spec = (identity: Identity | null, more: Partial<ChildSpec> = {}): ChildSpec => ({
    program: '/x.js',
    identity,
    environment: {},
    workdir: '/',
    ...more,
  });
  const always = ['--inh-caps=-all', '--ambient-caps=-all', '--no-new-privs', '--pdeathsig=KILL'];
  const asRoot = { uid: 0, canDropBounds: true };

  it('is to become another user with all of that user’s groups', () => {
    const switching = ['--reuid=bifh1', '--regid=1002', '--init-groups', ...always];
    expect(privilegeOptions(spec(worker), asRoot)).toEqual(switching);
    expect(privilegeOptions(spec(worker), { uid: 1, canDropBounds: false })).toEqual(switching);
  });

  it('is the number for a user whose name is one', () => {
    expect(privilegeOptions(spec({ ...worker, name: '4711' }), asRoot)).toContain('--reuid=1001');
  });

  it('is no user where it stays who we are', () => {
    expect(privilegeOptions(spec(worker), { uid: 1001, canDropBounds: false })).toEqual(always);
    expect(privilegeOptions(spec(null), { uid: 1001, canDropBounds: false })).toEqual(always);
  });

  it('is to leave root no capability, unless it is to keep them', () => {
    for (const identity of [root, null]) {
      expect(privilegeOptions(spec(identity), asRoot)).toEqual(['--bounding-set=-all', ...always]);
      expect(privilegeOptions(spec(identity, { keepsCapabilities: true }), asRoot)).toEqual(always);
      expect(() => privilegeOptions(spec(identity), { uid: 0, canDropBounds: false })).toThrow(/CAP_SETPCAP/);
    }
  });
});

it('users can be switched by root with its capabilities, and by nobody else', () => {
  expect(canSwitchUsers() && process.geteuid?.() !== 0).toBe(false);
});
