// simplebuilder with a real Debian source package and the real dpkg programs, as an ordinary user who can gain no
// rights: what its worker process is. Needs the Debian packages build-essential (with dpkg-dev and make) and fakeroot.
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { run } from '../support/run.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const NOBODY = 65534;
const AS_NOBODY = ['--reuid=nobody', '--regid=nogroup', '--clear-groups', '--inh-caps=-all', '--no-new-privs', '--'];

// Debian's smallest package: no debhelper, nothing compiled. Its file has to belong to root in the package, though it is
// built by somebody else: fakeroot's business.
const HELLO: Readonly<Record<string, string>> = {
  'debian/source/format': '3.0 (native)\n',
  'debian/changelog': `hello (1.0) unstable; urgency=low

  * First.

 -- Nobody <nobody@localhost>  Thu, 01 Jan 2026 00:00:00 +0000
`,
  'debian/control': `Source: hello
Section: misc
Priority: optional
Maintainer: Nobody <nobody@localhost>
Standards-Version: 4.7.0
Rules-Requires-Root: binary-targets

Package: hello
Architecture: all
Description: a greeting
 Made to be built.
`,
  'debian/rules': `#!/usr/bin/make -f
build build-arch build-indep:
	test -z "$(findstring fail,$(DEB_BUILD_OPTIONS))"
	echo "hello from $$(id -un), HOME=$$HOME"
	echo hello > greeting
binary: binary-arch binary-indep
binary-arch:
binary-indep: build
	mkdir -p debian/hello/DEBIAN debian/hello/usr/share/hello
	install -o root -g root -m 644 greeting debian/hello/usr/share/hello/greeting
	dpkg-gencontrol -phello -Pdebian/hello
	dpkg-deb --build debian/hello ..
clean:
	rm -rf greeting debian/hello debian/files debian/hello.substvars
`,
};

// The handler's own steps, without the class around them: 'taskqueue' is not installed where this runs.
const BUILD = `
  const [workdir, dsc, options] = process.argv.slice(1);
  const { sourcePackage } = await import(workdir + '/../simplebuilder/source-package.js');
  const { build } = await import(workdir + '/../simplebuilder/build.js');
  const logger = { info() {}, warn: console.error };
  const context = { signal: new AbortController().signal, logger, progress() {} };
  console.log(JSON.stringify(await build(await sourcePackage(dsc, workdir), workdir, options, context)));`;

interface Built {
  readonly exit_status: number;
  readonly files: readonly string[];
  readonly log_file: string;
  readonly log: string;
}

let workdir: string;

beforeAll(async () => {
  const directory = temporaryDirectory('simplebuilder');
  chmodSync(directory, 0o755);
  cpSync(fileURLToPath(new URL('../../plugins/simplebuilder', import.meta.url)), join(directory, 'simplebuilder'), {
    recursive: true,
  });
  workdir = join(directory, 'workdir');
  mkdirSync(workdir);
  chownSync(workdir, NOBODY, NOBODY);
  await makeSourcePackage(join(directory, 'hello-1.0'));
});

async function makeSourcePackage(source: string): Promise<void> {
  for (const [path, content] of Object.entries(HELLO)) {
    mkdirSync(dirname(join(source, path)), { recursive: true });
    writeFileSync(join(source, path), content);
  }
  chmodSync(join(source, 'debian/rules'), 0o755);
  await succeed('dpkg-source', ['-b', source], workdir);
}

async function build(dsc: string, options = ''): Promise<Built> {
  const program = [process.execPath, '--input-type=module', '-e', BUILD, workdir, dsc, options];
  return JSON.parse(await succeed('setpriv', [...AS_NOBODY, ...program], workdir)) as Built;
}

async function succeed(program: string, args: readonly string[], cwd: string): Promise<string> {
  const { exitCode, stdout, stderr } = await run(program, args, { cwd });
  expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout;
}

describe('simplebuilder', () => {
  it('builds a real source package as an ordinary user', async () => {
    const { exit_status, files, log, log_file } = await build('hello_1.0.dsc');
    expect({ exit_status, log: exit_status === 0 ? '' : log }).toEqual({ exit_status: 0, log: '' });
    const directory = dirname(log_file);
    expect(files.map((file) => file.replace(`${directory}/`, '').replace(/_[a-z0-9]+\.(\w+)$/, '_ARCH.$1'))).toEqual([
      'hello_1.0_ARCH.deb',
      'hello_1.0_ARCH.buildinfo',
      'hello_1.0_ARCH.changes',
    ]);
    expect(log).toContain(`hello from nobody, HOME=${directory}\n`);
    const contents = await succeed('dpkg-deb', ['--contents', files[0] as string], directory);
    expect(contents).toMatch(/^-rw-r--r-- root\/root +6 .* \.\/usr\/share\/hello\/greeting$/m);
    expect(existsSync(join(directory, 'source'))).toBe(false);
  });

  it('hands the log of a failing build back', async () => {
    const { exit_status, files, log } = await build('hello_1.0.dsc', 'fail');
    expect({ exit_status, files }).toEqual({ exit_status: 2, files: [] });
    expect(log).toMatch(/dpkg-buildpackage: error: .* exit status 2/);
  });

  it('builds nothing from a source package that has been tampered with', async () => {
    const tar = readdirSync(workdir).find((name) => name.includes('.tar.')) as string;
    const content = readFileSync(join(workdir, tar));
    content[20] = (content[20] as number) ^ 1;
    writeFileSync(join(workdir, tar), content);
    const { exit_status, files, log } = await build('hello_1.0.dsc');
    expect(exit_status).not.toBe(0);
    expect(files).toEqual([]);
    expect(log).toContain('checksum');
  });
});
