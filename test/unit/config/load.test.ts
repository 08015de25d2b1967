import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/config/config-error.ts';
import { type Basics, type LoadOptions, loadBasics, refuseMistakes } from '../../../src/config/load.ts';
import { unreadable } from '../../../src/config/read-file.ts';
import { findingText } from '../../../src/config/report.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'taskqueue-config-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function write(name: string, text: string | Buffer): string {
  const path = join(directory, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

function load(file: string, options: Partial<LoadOptions> = {}): Basics {
  return loadBasics(file, {
    mustBelongToRoot: false,
    optionalFile: '/nowhere/config.ini',
    credentialsDirectory: undefined,
    leadsBack: () => false,
    ...options,
  });
}

const mistakes = ({ report }: Basics): string[] =>
  report
    .findings()
    .filter(({ severity }) => severity === 'mistake')
    .map(findingText);

describe('loadBasics', () => {
  it('reads conf.d/*.ini after config.ini, in the order of their names', () => {
    const file = write('config.ini', '[amqp]\nuser = a\npasswd = a\nvhost = a');
    write('conf.d/10.ini', '[amqp]\nuser = b\npasswd = b');
    write('conf.d/9.ini', '[amqp]\nuser = c');
    write('conf.d/99.ini~', '[amqp]\nvhost = x');
    write('conf.d/.hidden.ini', '[amqp]\nvhost = x');
    const basics = load(file);
    expect(basics.amqp).toMatchObject({ user: 'c', password: 'b', vhost: 'a' });
    expect(basics.files).toEqual([file, join(directory, 'conf.d/10.ini'), join(directory, 'conf.d/9.ini')]);
  });

  it('reads X.d/*.ini after any other X.ini, and not conf.d', () => {
    const file = write('other.ini', '[amqp]\nuser = a\npasswd = p');
    write('other.d/1.ini', '[amqp]\nuser = b');
    write('conf.d/1.ini', '[amqp]\nuser = c');
    expect(load(file).amqp.user).toBe('b');
  });

  it('is content without the one file that need not exist, but reads its drop-ins', () => {
    const file = join(directory, 'config.ini');
    expect(load(file, { optionalFile: file })).toMatchObject({ files: [], amqp: { user: 'guest' } });
    write('conf.d/a.ini', '[amqp]\nuser = a\npasswd = p');
    expect(load(file, { optionalFile: file }).amqp.user).toBe('a');
  });

  it('counts any other missing file as a mistake', () => {
    const file = join(directory, 'config.ini');
    expect(mistakes(load(file))).toEqual([`${file}: there is no such file`]);
  });

  it.each([
    ['a directory', (path: string) => mkdirSync(path), 'it is a directory'],
    ['not UTF-8', (path: string) => writeFileSync(path, Buffer.from([0x5b, 0xff])), 'it is not UTF-8 text'],
    ['enormous', (path: string) => writeFileSync(path, Buffer.alloc(1024 ** 2 + 1, ';')), 'it is larger than'],
    ['endless', (path: string) => symlinkSync('/dev/zero', path), 'it is no plain file'],
    ['a pipe that nobody writes', (path: string) => execFileSync('mkfifo', [path]), 'it is no plain file'],
  ])('refuses a file that is %s', (_, make, message) => {
    const file = join(directory, 'config.ini');
    make(file);
    expect(mistakes(load(file))).toEqual([expect.stringContaining(message)]);
    expect(mistakes(load(file, { mustBelongToRoot: true }))).toEqual([expect.stringContaining(message)]);
  });

  it('says PERMISSION, and which group to join, where this user may not read it', () => {
    const file = write('config.ini', '');
    chmodSync(file, 0);
    const isRoot = process.getuid?.() === 0; // root may read everything: then the error itself has to do
    const thrown = errorOf(() => {
      if (isRoot) throw unreadable(file, new Error('EACCES'));
      load(file);
    });
    expect(thrown).toMatchObject({ code: 'PERMISSION' });
    expect(thrown.message).toContain(`${file} may not be read by this user: join the group taskqueue`);
  });

  it('freezes what it returns, through and through', () => {
    const { amqp, general } = load(write('config.ini', ''));
    for (const value of [amqp, amqp.hosts, amqp.hosts[0], general, general.pluginPath, general.workitemTypeMap]) {
      expect(Object.isFrozen(value)).toBe(true);
    }
  });

  it('refuses, where users can be switched, files that others may change, and says how to mend it', () => {
    const file = write('config.ini', '');
    const dropIn = write('conf.d/a.ini', '');
    chmodSync(file, 0o666);
    chmodSync(dropIn, 0o664);
    expect(mistakes(load(file))).toEqual([]);
    const found = mistakes(load(file, { mustBelongToRoot: true })).join('\n');
    // Run by root, the files are root's; run by anybody else, their owner comes first.
    const isRoot = process.getuid?.() === 0;
    expect(found).toContain(isRoot ? `chmod go-w ${file}` : 'chown root');
    expect(found).toContain(isRoot ? `chmod g-w ${dropIn}` : 'chown root');
  });
});

describe('passwd_file', () => {
  const withPassword = (name: string, options?: Partial<LoadOptions>): Basics =>
    load(write('config.ini', `[amqp]\nuser = u\npasswd_file = ${name}`), options);

  it.each([
    ['secret\n', 'secret'],
    ['secret', 'secret'],
    ['secret\r\n', 'secret'],
    ['two\nlines\n\n', 'two\nlines\n'],
    [' p ;w ', ' p ;w '],
  ])('holding %j means the password %j', (text, password) => {
    expect(withPassword(write('password', text)).amqp.password).toBe(password);
  });

  it('without a slash is looked up among the credentials', () => {
    write('credentials/amqp', 'secret\n');
    const options = { credentialsDirectory: join(directory, 'credentials') };
    expect(withPassword('amqp', options).amqp.password).toBe('secret');
  });

  it.each([
    ['amqp', 'there is no $CREDENTIALS_DIRECTORY'],
    ['./amqp', 'no absolute path'],
    ['..', 'no absolute path'],
    ['/nowhere/at/all', '/nowhere/at/all does not exist'],
  ])('%s is refused where it leads nowhere', (name, message) => {
    expect(mistakes(withPassword(name))).toEqual([expect.stringContaining(message)]);
  });

  it('that is empty is refused', () => {
    expect(mistakes(withPassword(write('password', '\n')))).toEqual([expect.stringContaining('is empty')]);
  });
});

describe('refuseMistakes', () => {
  it('throws one error with all findings, whose message is one line', () => {
    const { report } = load(write('config.ini', '[amqp]\nport = x\nuser = y\nheartbeat = z'));
    const thrown = errorOf(() => refuseMistakes(report));
    expect(thrown).toBeInstanceOf(ConfigError);
    expect(thrown).toMatchObject({ code: 'CONFIG', findings: report.findings() });
    expect(thrown.message).toMatch(/^\S+config\.ini:2: \[amqp\] port: .* \(and 1 more: see "taskqueue check"\)$/);
  });

  it('is content with warnings and notes', () => {
    const { report } = load(write('config.ini', '[amqp]\nuser = y'));
    expect(report.findings()).toHaveLength(1);
    expect(() => refuseMistakes(report)).not.toThrow();
  });
});

function errorOf(task: () => void): Error {
  try {
    task();
  } catch (err) {
    if (err instanceof Error) return err;
  }
  throw new Error('nothing was thrown');
}
