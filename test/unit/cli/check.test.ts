import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadInstallation } from '../../../src/installation/load.ts';
import { cli, directoryWith, installation } from './run-cli.ts';

describe('taskqueue check', () => {
  it('prints what holds for every group', async () => {
    const directory = installation('[a]\nsubgroups = x, y\ninstances = 2\n[a_x]\ntask_timeout = 90s', ['a', 'b']);
    const { code, out, err } = await cli(['check', '-c', `${directory}/config.ini`]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain(`; from ${directory}/config.ini, ${directory}/conf.d/p.ini\n`);
    expect(out).toContain(
      '[a_x]  ; plugin one 1.2.3, group "x" of the worker type "a"\ninstances = 2\ntask_timeout = 90s\n',
    );
    expect(out).toMatch(/\[b\] {2}; plugin one 1\.2\.3\ninstances = 1\n/);
    expect(out).toMatch(/^retry_delay = 5s +; default$/m);
    expect(out).toContain('; 5 processes in 3 groups\n');
  });

  it('prints nothing with --quiet where nothing is wrong, and all mistakes where something is', async () => {
    const good = installation('[a]\ninstances = 2', ['a']);
    expect(await cli(['check', '-q', '-c', `${good}/config.ini`])).toMatchObject({ code: 0, out: '', err: '' });
    const bad = installation('[a]\ninstances = many', ['a']);
    const { code, out, err } = await cli(['check', '-q', '-c', `${bad}/config.ini`]);
    expect([code, out]).toEqual([78, '']);
    expect(err).toContain('many');
  });

  it('prints what would be read as the same configuration again', async () => {
    const text =
      '[taskqueue]\nmax_message_size = 1M\n[a]\nenvironment = A=1, "B=2,3"\nmay_publish =\nlines = x\n  y\nmax_memory = 64M';
    const directory = installation(text, ['a']);
    const { out } = await cli(['check', '-c', `${directory}/config.ini`]);
    const copy = directoryWith({ 'config.ini': out.replace('passwd = ********', 'passwd = guest') });
    const [first, second] = [directory, copy].map(
      (one) => loadInstallation(`${one}/config.ini`, { isRoot: false, runsWorkers: true }).config,
    );
    const { files: _, ...printed } = second as object as { files: unknown };
    expect(first).toMatchObject(printed);
    expect(first?.groups[0]?.options).toMatchObject({ mayPublish: [], environment: { A: '1', B: '2,3' } });
    expect(first?.groups[0]?.settings).toEqual({ lines: 'x\ny' });
  });

  it('prints the section of a type under the name that it must have in the file', async () => {
    const directory = installation('[worker_amqp]\ninstances = 3\n[worker_loggers]\ninstances = 2', [
      'amqp',
      'loggers',
    ]);
    const { out } = await cli(['check', '-c', `${directory}/config.ini`]);
    expect(out).toContain('[worker_amqp]  ; plugin one 1.2.3\ninstances = 3\n');
    expect(out).toContain('[worker_loggers]  ; plugin one 1.2.3\ninstances = 2\n');
  });

  it.each([
    ['text', []],
    ['JSON', ['--json']],
  ])('masks passwords in %s', async (_, options) => {
    const text = `[amqp]\nuser = u\npasswd = s3cret
[a]\napi_token = s3cret\nurl = http://me:s3cret@host/\nenvironment = DB_PASSWORD=s3cret, X=1`;
    const directory = installation(text, ['a']);
    const { code, out, err } = await cli(['check', '-c', `${directory}/config.ini`, ...options]);
    expect(code).toBe(0);
    expect(out + err).not.toContain('s3cret');
    expect(out).toContain('http://me:********@host/');
    expect(out).toContain('DB_PASSWORD=********, X=1');
  });

  it('prints all mistakes, and exits with 78', async () => {
    const directory = installation('[amqp]\nport = x\n[a]\nconcurrency = 0\nmax_attemps = 2', ['a']);
    const { code, out, err } = await cli(['check', '-c', `${directory}/config.ini`]);
    expect([code, out]).toEqual([78, '']);
    expect(err.trimEnd().split('\n')).toEqual([
      expect.stringContaining('config.ini:2: mistake: [amqp] port: '),
      expect.stringContaining('config.ini:4: mistake: [a] concurrency: '),
      expect.stringContaining('config.ini:5: warning: [a] max_attemps: '),
    ]);
  });

  it('prints warnings and notes to stderr, and exits with 0', async () => {
    const directory = installation('[b]\n[a]\nmax_attemps = 2', ['a']);
    const { code, out, err } = await cli(['check', '-c', `${directory}/config.ini`]);
    expect(code).toBe(0);
    expect(out).toContain('max_attemps = 2');
    expect(err).toMatch(/config\.ini:1: (warning|note): \[b\]: /);
    expect(err).toMatch(/config\.ini:3: warning: \[a\] max_attemps: /);
  });

  it('prints JSON: groups with options and settings, and findings', async () => {
    const directory = installation('[a]\nspeed = 3\n[elsewhere]', ['a']);
    const { out, err } = await cli(['check', '-c', `${directory}/config.ini`, '--json']);
    expect(err).toBe('');
    expect(JSON.parse(out)).toMatchObject({
      files: [`${directory}/config.ini`, `${directory}/conf.d/p.ini`],
      amqp: { host: 'localhost:5672', passwd: '********' },
      taskqueue: { log_level: 'info' },
      groups: [
        { name: 'a', type: 'a', group: null, instances: 1, options: { retry_delay: '5s' }, settings: { speed: '3' } },
      ],
      findings: [{ severity: 'note', section: 'elsewhere' }],
    });
  });

  it('prints mistakes as JSON, too', async () => {
    const directory = directoryWith({ 'c.ini': '[amqp]\nport = x' });
    const { code, out, err } = await cli(['check', '-c', `${directory}/c.ini`, '--json']);
    expect([code, err]).toEqual([78, '']);
    expect(JSON.parse(out).findings).toMatchObject([{ severity: 'mistake', section: 'amqp', key: 'port' }]);
  });

  it('says so where no worker would run', async () => {
    const directory = directoryWith({ 'c.ini': '[taskqueue]\nplugin_path = /nowhere' });
    expect((await cli(['check', '-c', `${directory}/c.ini`])).out).toContain(
      '; no worker would run: no plugin in /nowhere',
    );
  });

  it('warns about a user that does not exist', async () => {
    const directory = installation('[a]\nuser = nobody-of-this-name', ['a']);
    const { code, err } = await cli(['check', '-c', `${directory}/config.ini`]);
    expect(code).toBe(0);
    expect(err).toContain('warning: [a] user: does not start: user "nobody-of-this-name" does not exist');
  });

  it('names all groups that do not start for want of a user, and counts what would be too many', async () => {
    const types = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const directory = installation('[DEFAULT]\nuser = nobody-of-this-name', types);
    const { err } = await cli(['check', '-q', '-c', `${directory}/config.ini`]);
    expect(err).toMatch(
      /^warning: \[a\] user: does not start, and neither do \[b\], \[c\], \[d\], \[e\], \[f\] and 2 more: user [^\n]*\n$/,
    );
  });

  it('warns where the user of a group can read the configuration, and only there', async () => {
    const directory = installation('[a]\nuser = nobody', ['a']);
    const files = [`${directory}/config.ini`, `${directory}/conf.d/p.ini`] as const;
    chmodSync(directory, 0o755);
    chmodSync(`${directory}/conf.d`, 0o755);
    chmodSync(files[0], 0o644);
    chmodSync(files[1], 0o640);
    const { code, err } = await cli(['check', '-c', files[0]]);
    expect(code).toBe(0);
    expect(err).toMatch(/^warning: \[a\]: its user "nobody" can read \S+config\.ini, [^\n]*\n$/);
    chmodSync(files[0], 0o640);
    expect((await cli(['check', '-c', files[0]])).err).toBe('');
  });

  it('exits with 78 where the file that was named is missing', async () => {
    const { code, err } = await cli(['check', '-c', '/nowhere/config.ini']);
    expect([code, err]).toEqual([78, '/nowhere/config.ini: mistake: there is no such file\n']);
  });
});

describe('taskqueue plugins', () => {
  it('lists plugins, types, formats, versions and directories', async () => {
    const directory = installation('[a]\ninstances = 2', ['a'], { workitems: { 'application/x-own': './worker.js' } });
    const { code, out } = await cli(['plugins', '-c', `${directory}/config.ini`]);
    expect(code).toBe(0);
    expect(out).toContain(
      `one 1.2.3  ${directory}/plugins/one\n  worker type a: 2 processes\n  workitem format application/x-own\n`,
    );
  });

  it('says which types are called by JSON-RPC', async () => {
    const directory = installation('[math]\ninstances = 3', ['a'], { rpc: { math: './worker.js' } });
    const { out } = await cli(['plugins', '-c', `${directory}/config.ini`]);
    expect(out).toContain('  worker type a: 1 process\n  worker type math (JSON-RPC): 3 processes\n');
  });

  it('says which programs run in other languages', async () => {
    const workers = { resize: { command: ['python3', 'resize.py', '\x1b[2J'] } };
    const directory = installation('[resize]\ninstances = 3', ['a'], { workers });
    const { out } = await cli(['plugins', '-c', `${directory}/config.ini`]);
    expect(out).toContain('  worker type resize (python3 resize.py \\x1b[2J): 3 processes\n');
  });

  it('says which are not allowed, and what is wrong with others', async () => {
    const directory = installation('[taskqueue]\nworkers = other', ['a']);
    const { out } = await cli(['plugins', '-c', `${directory}/config.ini`]);
    expect(out).toContain('does not run: not in the list "workers" of [taskqueue]');
    const broken = installation('', ['not a type']);
    expect((await cli(['plugins', '-c', `${broken}/config.ini`])).out).toMatch(/one {2}.*\n {2}problem: .*not a type/);
  });

  it('prints JSON', async () => {
    const directory = installation('', ['a']);
    const { out } = await cli(['plugins', '-c', `${directory}/config.ini`, '--json']);
    expect(JSON.parse(out)).toMatchObject({
      plugins: [
        { name: 'one', version: '1.2.3', isAllowed: true, workers: [{ type: 'a', instances: 1 }], formats: [] },
      ],
      problems: [],
    });
  });

  it('says where it looked when there are none', async () => {
    const directory = directoryWith({ 'c.ini': '[taskqueue]\nplugin_path = /a:/b' });
    expect((await cli(['plugins', '-c', `${directory}/c.ini`])).out).toBe('no plugins in /a or /b\n');
  });
});
