import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { filesListed, sourcePackage } from '../../../plugins/simplebuilder/source-package.js';

const DSC = `-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

Format: 3.0 (quilt)
Source: hello
Package-List:
 hello deb misc optional arch=any
Checksums-Sha1:
 aaa 10 hello_1.orig.tar.gz
 bbb 20 hello_1-1.debian.tar.xz
Files:
 ccc 10 hello_1.orig.tar.gz
 ddd 20 hello_1-1.debian.tar.xz
 eee 30 extra
Standards-Version: 4.7.0

-----BEGIN PGP SIGNATURE-----
 fff 10 not-listed
`;

describe('filesListed', () => {
  it('names what stands in Files and Checksums-*, once, and nothing else', () => {
    expect([...filesListed(DSC)]).toEqual(['hello_1.orig.tar.gz', 'hello_1-1.debian.tar.xz', 'extra']);
    expect([...filesListed(DSC.replaceAll('\n', '\r\n'))]).toHaveLength(3);
    expect([...filesListed('')]).toEqual([]);
  });
});

describe('sourcePackage', () => {
  let parent: string;
  let workdir: string;

  beforeEach(() => {
    parent = realpathSync(mkdtempSync(join(tmpdir(), 'builder-')));
    workdir = join(parent, 'workdir');
    mkdirSync(join(workdir, 'below'), { recursive: true });
  });

  afterEach(() => rmSync(parent, { recursive: true }));

  function write(path: string, ...listed: string[]): string {
    const file = join(workdir, path);
    writeFileSync(file, ['Source: a', 'Files:', ...listed.map((name) => ` 00 1 ${name}`), ''].join('\n'));
    return file;
  }

  it('is the absolute path of the .dsc file', async () => {
    const file = write('a.dsc');
    const below = write('below/b.dsc', 'b.tar.xz');
    writeFileSync(join(workdir, 'below', 'b.tar.xz'), '');
    expect(await sourcePackage('a.dsc', workdir)).toBe(file);
    expect(await sourcePackage(file, workdir)).toBe(file);
    expect(await sourcePackage('below/b.dsc', workdir)).toBe(below);
  });

  it('is found where the working directory is named by a link', async () => {
    const file = write('a.dsc');
    symlinkSync(workdir, join(parent, 'link'));
    expect(await sourcePackage('a.dsc', join(parent, 'link'))).toBe(file);
    expect(await sourcePackage(join(parent, 'link', 'a.dsc'), join(parent, 'link'))).toBe(file);
  });

  it.each([undefined, null, 7, '', 'a.deb', ['a.dsc'], 'a\0.dsc'])('has to be named: %j', async (dsc) => {
    await expect(sourcePackage(dsc, workdir)).rejects.toThrow('names no "dsc"');
  });

  it('lies in the working directory: elsewhere is as good as nowhere', async () => {
    writeFileSync(join(parent, 'out.dsc'), '');
    symlinkSync(join(parent, 'out.dsc'), join(workdir, 'link.dsc'));
    mkdirSync(join(workdir, 'directory.dsc'));
    mkdirSync(`${workdir}-beside`);
    writeFileSync(`${workdir}-beside/a.dsc`, '');
    const elsewhere = ['../out.dsc', join(parent, 'out.dsc'), 'link.dsc', 'directory.dsc', '../workdir-beside/a.dsc'];
    for (const dsc of [...elsewhere, 'none.dsc', '/etc/none.dsc']) {
      await expect(sourcePackage(dsc, workdir)).rejects.toThrow(`no file ${dsc} in the working directory`);
    }
  });

  it('has all its files beside it', async () => {
    write('a.dsc', 'a.tar.xz');
    await expect(sourcePackage('a.dsc', workdir)).rejects.toThrow('a.tar.xz, which a.dsc lists, is no file beside it');
    symlinkSync('/etc/hostname', join(workdir, 'a.tar.xz'));
    await expect(sourcePackage('a.dsc', workdir)).rejects.toThrow('a.tar.xz, which a.dsc lists, is no file beside it');
  });

  it.each(['../a.tar.xz', '/etc/passwd', '-x', '.hidden', 'two words', ''])(
    'lists no unsafe name: "%s"',
    async (name) => {
      write('a.dsc', name);
      await expect(sourcePackage('a.dsc', workdir)).rejects.toThrow('lists a file with an unsafe name');
    },
  );

  it('is of a size that can be read', async () => {
    writeFileSync(join(workdir, 'a.dsc'), Buffer.alloc(1024 ** 2 + 1));
    await expect(sourcePackage('a.dsc', workdir)).rejects.toThrow('too large for a .dsc file');
  });
});
