// The builder with stand-ins for dpkg-source and dpkg-buildpackage. The suite `root` builds a real package.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import SimpleBuilder from '../../../plugins/simplebuilder/worker.js';
import type { Context } from '../../../src/worker/sdk.ts';
import { until } from '../../support/until.ts';
import { contextOf, initOf, jsonWorkitem } from './handler.ts';

interface Built {
  readonly exit_status: number;
  readonly files: readonly string[];
  readonly log_file: string;
  readonly log: string;
}

const UNPACK = 'mkdir "$4" && echo "unpacked: $*"';

let parent: string;
let workdir: string;

beforeEach(() => {
  parent = realpathSync(mkdtempSync(join(tmpdir(), 'builder-')));
  workdir = join(parent, 'workdir');
  mkdirSync(workdir);
  mkdirSync(join(parent, 'bin'));
  writeFileSync(join(workdir, 'hello.dsc'), 'Source: hello\n');
  vi.spyOn(process, 'cwd').mockReturnValue(workdir);
  vi.stubEnv('PATH', `${join(parent, 'bin')}:${process.env.PATH}`);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(parent, { recursive: true });
});

function programs(unpack: string, build: string): void {
  for (const [name, script] of [
    ['dpkg-source', unpack],
    ['dpkg-buildpackage', build],
  ] as const) {
    writeFileSync(join(parent, 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
}

async function handle(body: unknown, settings: Record<string, string> = {}, context: Context = contextOf().context) {
  const workitem = jsonWorkitem('simplebuilder', body);
  expect(await new SimpleBuilder(initOf(settings)).handleTask(workitem, context)).toBe(workitem);
  return workitem.body as Built & Record<string, unknown>;
}

describe('a build', () => {
  it('unpacks, builds, and comes back with the packages and the log', async () => {
    const made = ['hello_1_all.deb', 'hello_1_amd64.changes', 'hello_1_amd64.buildinfo', 'other.txt'];
    programs(UNPACK, `echo "built: $*"; echo warning >&2; cd .. && touch ${made.join(' ')}; ln -s /etc/passwd x.deb`);
    const { exit_status, files, log_file, log, ...rest } = await handle({ dsc: 'hello.dsc', other: 1 });
    const directory = dirname(log_file);

    expect(rest).toEqual({ dsc: 'hello.dsc', other: 1 });
    expect(exit_status).toBe(0);
    expect(files.map((file) => basename(file))).toEqual([
      'hello_1_all.deb',
      'hello_1_amd64.buildinfo',
      'hello_1_amd64.changes',
    ]);
    expect(files.every((file) => dirname(file) === directory)).toBe(true);
    const dsc = join(workdir, 'hello.dsc');
    expect(log).toBe(`unpacked: --no-copy -x ${dsc} ${join(directory, 'source')}\nbuilt: -us -uc -b\nwarning\n`);
    expect(readFileSync(log_file, 'utf8')).toBe(log);
  });

  it('has a directory of its own below the working directory, and leaves no unpacked source there', async () => {
    programs(UNPACK, 'pwd');
    const first = await handle({ dsc: 'hello.dsc' });
    const second = await handle({ dsc: 'hello.dsc' });
    const directory = dirname(first.log_file);
    expect(first.log).toContain(`\n${directory}/source\n`);
    expect(dirname(directory)).toBe(workdir);
    expect(readdirSync(directory)).toEqual(['build.log']);
    expect(dirname(second.log_file)).not.toBe(directory);
  });

  it('builds what simpledownloader has reported, in the fields of a Ruote workitem', async () => {
    programs(UNPACK, 'true');
    const body = await handle({
      fei: 1,
      fields: { file: join(workdir, 'hello.dsc'), params: { worker_type: 'simplebuilder' } },
    });
    expect(body).toMatchObject({
      fei: 1,
      fields: { exit_status: 0, files: [], params: { worker_type: 'simplebuilder' } },
    });
  });

  it('sees a minimal environment, with the build options of the configuration', async () => {
    programs(UNPACK, '/usr/bin/env -u PWD -u OLDPWD -u SHLVL -u _');
    vi.stubEnv('SECRET', 'hidden');
    const { log, log_file } = await handle({ dsc: 'hello.dsc' }, { build_options: 'nocheck parallel=2' });
    const variables = log.trim().split('\n').slice(1).sort();
    expect(variables).toEqual([
      'DEB_BUILD_OPTIONS=nocheck parallel=2',
      `HOME=${dirname(log_file)}`,
      'LANG=C.UTF-8',
      `PATH=${process.env.PATH}`,
    ]);
  });

  it('passes a name on as it is: no shell looks at it', async () => {
    programs(UNPACK, 'true');
    writeFileSync(join(workdir, '$(touch oops); .dsc'), '');
    const { log } = await handle({ dsc: '$(touch oops); .dsc' });
    expect(log).toContain(join(workdir, '$(touch oops); .dsc'));
    expect(existsSync(join(workdir, 'oops'))).toBe(false);
  });
});

describe('a build that fails', () => {
  it('is a result, with the exit status and the log', async () => {
    programs(UNPACK, 'echo "no rule to make target"; exit 2');
    const { exit_status, log, files } = await handle({ dsc: 'hello.dsc' });
    expect({ exit_status, files }).toEqual({ exit_status: 2, files: [] });
    expect(log).toMatch(/\nno rule to make target\n$/);
  });

  it('is not begun where unpacking fails', async () => {
    programs('echo "bad checksum"; exit 25', 'touch ../begun');
    const { exit_status, log, log_file } = await handle({ dsc: 'hello.dsc' });
    expect({ exit_status, log }).toEqual({ exit_status: 25, log: 'bad checksum\n' });
    expect(readdirSync(dirname(log_file))).toEqual(['build.log']);
  });

  it('comes with the last 64 KiB of a long log, and all of it in the file', async () => {
    programs(UNPACK, 'seq 20000; exit 1');
    const { log, log_file } = await handle({ dsc: 'hello.dsc' });
    expect(log.length).toBeLessThanOrEqual(65536);
    expect(log.length).toBeGreaterThan(65536 - 10);
    const lines = log.trimEnd().split('\n').map(Number);
    expect([lines[0], lines.at(-1)]).toEqual([20000 - lines.length + 1, 20000]); // whole lines, none of them missing
    expect(readFileSync(log_file, 'utf8')).toMatch(/^unpacked: .*\n1\n2\n3\n/);
  });
});

describe('a build that cannot be done', () => {
  afterEach(() => expect(readdirSync(workdir)).toEqual(['hello.dsc'])); // nothing is left behind

  it('says what is missing where the programs are not installed', async () => {
    for (const needed of ['setpriv', 'timeout']) symlinkSync(`/usr/bin/${needed}`, join(parent, 'bin', needed));
    vi.stubEnv('PATH', join(parent, 'bin'));
    await expect(handle({ dsc: 'hello.dsc' })).rejects.toThrow("dpkg-source can't be run: is dpkg-dev installed?");
  });

  it('says which program was killed', async () => {
    programs(UNPACK, 'kill -KILL $$');
    await expect(handle({ dsc: 'hello.dsc' })).rejects.toThrow('dpkg-buildpackage was ended by SIGKILL');
  });

  it('is not begun where the signal has aborted already', async () => {
    programs('touch begun', 'true');
    const context = contextOf(AbortSignal.abort(new Error('the pool stops'))).context;
    await expect(handle({ dsc: 'hello.dsc' }, {}, context)).rejects.toThrow('the pool stops');
  });

  it('ends with all that it has started when the signal aborts', async () => {
    const pids = join(parent, 'pids');
    // Neither the build nor its child would end for a SIGTERM.
    programs(UNPACK, `trap '' TERM\nsleep 1000 &\necho $$ $! > ${pids}.new; mv ${pids}.new ${pids}; wait`);
    const aborter = new AbortController();
    const failure = handle({ dsc: 'hello.dsc' }, {}, contextOf(aborter.signal).context);
    failure.catch(() => undefined); // it is looked at below
    await until(() => existsSync(pids), 'the build has begun');
    aborter.abort(new Error('the time is up'));
    await expect(failure).rejects.toThrow('the time is up');
    await until(() => !numbersIn(pids).some(isAlive), 'its processes have ended');
  });
});

describe('what a build has left running', () => {
  it('ends with the build', async () => {
    const pids = join(parent, 'pids');
    programs(UNPACK, `sleep 1000 &\necho $! > ${pids}`);
    await handle({ dsc: 'hello.dsc' });
    await until(() => !numbersIn(pids).some(isAlive), 'its process has ended');
  });

  it('ends with the worker process, though that is killed -9', async () => {
    const pids = join(parent, 'pids');
    const run = fileURLToPath(new URL('../../../plugins/simplebuilder/run.js', import.meta.url));
    const script = `
      import { open } from 'node:fs/promises';
      import { run } from '${run}';
      const log = await open('${parent}/log', 'a');
      const args = ['-c', 'trap "" TERM; sleep 1000 & echo $$ $! > ${pids}.new; mv ${pids}.new ${pids}; wait'];
      await run('sh', args, { cwd: '${parent}', env: process.env, log, signal: new AbortController().signal });`;
    const worker = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
    await until(() => existsSync(pids), 'the build has begun');
    worker.kill('SIGKILL');
    await once(worker, 'exit');
    await until(() => !numbersIn(pids).some(isAlive), 'its processes have ended');
  });
});

function numbersIn(path: string): number[] {
  return readFileSync(path, 'utf8').trim().split(' ').map(Number);
}

/** A zombie, whose parent has not looked yet, is not. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false; // no such process
  }
}
