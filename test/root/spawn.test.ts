// The door through which processes of other users are started: what root alone can try.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { canSwitchUsers, type Identity, resolveIdentity } from '../../src/child/identity.ts';
import { type Child, type ChildSpec, spawnChild } from '../../src/child/spawn.ts';
import { builtModule } from '../support/built-module.ts';
import { spawnGuarded } from '../support/guard.ts';
import {
  firstWord,
  isRunning,
  type ProbeArgs,
  type Report,
  writeForAll,
  writeParent,
  writeProbe,
} from '../support/probe.ts';
import { outputOf } from '../support/run.ts';
import { until } from '../support/until.ts';

const NONE = '0000000000000000';

let probe: string;
beforeAll(() => {
  probe = writeProbe();
});

const userOf = (name: string): Promise<Identity> => resolveIdentity(name, 10_000);

function start(args: ProbeArgs, identity: Identity | null, more: Partial<ChildSpec> = {}): Child {
  const child = spawnChild({ program: probe, args, identity, environment: {}, workdir: '/', ...more });
  onTestFinished(() => {
    child.killGroup('SIGKILL');
  });
  return child;
}

const report = (identity: Identity | null, more: Partial<ChildSpec> = {}) =>
  firstWord(start(['report'], identity, more).pipe) as Promise<Report>;

const numbers = (text: string | undefined): number[] => (text ?? '').trim().split(/\s+/).filter(Boolean).map(Number);

describe('a process of another user', () => {
  it.each(['daemon', 'nobody', 'www-data'])('has uid, gid, groups, HOME and names of %s, all of them', async (name) => {
    const identity = await userOf(name);
    const { status, env } = await report(identity);
    expect(numbers(status.Uid)).toEqual(Array(4).fill(identity.uid));
    expect(numbers(status.Gid)).toEqual(Array(4).fill(identity.gid));
    const groups = numbers(await outputOf('id', ['-G', name]));
    expect(numbers(status.Groups).sort()).toEqual(groups.sort());
    expect(env).toMatchObject({ HOME: identity.home, USER: name, LOGNAME: name, SHELL: identity.shell });
  });

  it('has no capability and cannot become root again', async () => {
    const { status, becameRoot } = await report(await userOf('daemon'));
    expect(status).toMatchObject({ CapInh: NONE, CapPrm: NONE, CapEff: NONE, CapAmb: NONE, NoNewPrivs: '1' });
    expect(becameRoot).not.toBe(0);
  });

  it('has all its supplementary groups', async () => {
    const group = writeForAll('group', `${readFileSync('/etc/group', 'utf8')}extra:x:61234:daemon\n`);
    const program = writeForAll(
      'groups.mjs',
      `import { spawnChild } from '${await builtModule('child/spawn')}';
       import { resolveIdentity } from '${await builtModule('child/identity')}';
       const identity = await resolveIdentity('daemon', 10_000);
       const child = spawnChild({ program: '${probe}', args: ['report'], identity, environment: {}, workdir: '/' });
       child.pipe.pipe(process.stdout);`,
    );
    const inItsOwnEtc = `mount --bind ${group} /etc/group && exec ${process.execPath} ${program}`;
    const report = JSON.parse(await outputOf('unshare', ['--mount', '/bin/sh', '-c', inItsOwnEtc])) as Report;
    expect(numbers(report.status.Groups).sort()).toEqual([1, 61234]);
  });

  it('enters its workdir as that user, not as root', async () => {
    const exit = await start(['report'], await userOf('daemon'), { workdir: '/root' }).exited;
    expect(exit).toMatchObject({ error: { code: 'CONFIG', message: expect.stringMatching(/\/root .*user daemon/) } });
  });

  it('is refused where a variable would act on the program that switches users', async () => {
    const identity = await userOf('daemon');
    expect(() => start(['report'], identity, { environment: { LD_PRELOAD: '/tmp/x.so' } })).toThrow(/LD_PRELOAD/);
  });

  it('is reached by our signals, with everything that it has started', async () => {
    const child = start(['family'], await userOf('daemon'));
    const grandchild = (await firstWord(child.pipe)) as number;
    expect(child.killGroup('SIGKILL')).toBe(true);
    expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
    await until(() => !isRunning(grandchild), 'the grandchild ends');
  });

  it('dies with a parent that is killed -9, endless loop or not', async () => {
    const program = await writeParent(probe, 'daemon');
    const parent = spawnGuarded(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(parent.stdout as NonNullable<typeof parent.stdout>, 'data')) as [Buffer];
    const pid = Number(line.toString());
    expect(isRunning(pid)).toBe(true);
    process.kill(parent.pid as number, 'SIGKILL');
    await until(() => !isRunning(pid), 'the child ends');
  });
});

describe('a process of root', () => {
  it('has no capability either, by name or as ourselves', async () => {
    for (const identity of [await userOf('root'), null]) {
      const { status } = await report(identity);
      expect(status).toMatchObject({ CapPrm: NONE, CapEff: NONE, CapAmb: NONE, CapBnd: NONE, NoNewPrivs: '1' });
    }
  });

  it('keeps its capabilities where it is to', async () => {
    const { status } = await report(null, { keepsCapabilities: true });
    expect(status.CapEff).not.toBe(NONE);
  });
});

it('root can switch users', () => {
  expect(canSwitchUsers()).toBe(true);
});
