import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileNameOf, isFileName } from '../../../plugins/simpledownloader/file-name.js';
import { demandAllowed, redirectTarget } from '../../../plugins/simpledownloader/open-url.js';
import { limitsFrom, orderFrom } from '../../../plugins/simpledownloader/worker.js';

describe('fileNameOf', () => {
  it.each([
    ['http://h/pool/main/h/hello_2.10-3.dsc', 'hello_2.10-3.dsc'],
    ['http://h/libstdc%2B%2B_1~rc1.deb', 'libstdc++_1~rc1.deb'],
    ['http://h/my%20file.txt', 'my_file.txt'],
    ['http://h/.bashrc', 'bashrc'],
    ['http://h/-rf', 'rf'],
    ['http://h/100%', '100_'],
    ['http://h/a%00b', 'a_b'],
    ['http://h/..%2f..%2fetc%2fpasswd', 'passwd'],
    ['http://h/directory/', 'download'],
    ['http://h', 'download'],
    ['http://h/%E2%82%AC', 'download'],
  ])('of %s is %s', (url, name) => {
    expect(fileNameOf(new URL(url))).toBe(name);
  });

  it('is always a safe name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (path) => {
        const url = new URL('http://h/');
        url.pathname = path;
        expect(isFileName(fileNameOf(url))).toBe(true);
      }),
    );
    expect(fileNameOf(new URL(`http://h/${'a'.repeat(5000)}`))).toHaveLength(200);
  });
});

describe('isFileName', () => {
  it.each(['', '.', '..', '.hidden', '-rf', 'a/b', '/a', 'a b', 'a\nb', 'a\0', 'ä', 'a'.repeat(201), 7, null, ['a']])(
    'refuses %j',
    (name) => expect(isFileName(name)).toBe(false),
  );

  it.each(['a', '0', 'hello_1.0~rc1+dfsg.orig.tar.xz', 'a'.repeat(200)])('takes %s', (name) =>
    expect(isFileName(name)).toBe(true),
  );
});

describe('orderFrom', () => {
  it.each([{}, { url: 7 }, { url: null }, { url: ['http://h/'] }, { url: 'no url' }, { url: '/etc/passwd' }])(
    'wants a URL: %j',
    (wish) => expect(() => orderFrom(wish)).toThrow('names no "url"'),
  );

  it.each(['../a', '.ssh', 7, null])('refuses the file name %j', (filename) =>
    expect(() => orderFrom({ url: 'http://h/', filename })).toThrow('"filename" is not safe'),
  );

  it.each(['', 'abc', 'g'.repeat(64), `${'0'.repeat(64)}\n`, 7, null])('refuses the checksum %j', (sha256) =>
    expect(() => orderFrom({ url: 'http://h/', sha256 })).toThrow('"sha256" is no SHA-256 checksum'),
  );
});

describe('limitsFrom', () => {
  it('has limits without any settings', () => {
    expect(limitsFrom({})).toEqual({ maxSize: 1024 ** 3, idleMs: 60_000, allowedHosts: ['*'] });
  });

  it('reads the settings', () => {
    const settings = { max_size: '5M', idle_timeout: '2m', allowed_hosts: 'Files.Example.net, *.example.org' };
    const allowedHosts = ['files.example.net', '*.example.org'];
    expect(limitsFrom(settings)).toEqual({ maxSize: 5 * 1024 ** 2, idleMs: 120_000, allowedHosts });
  });

  it.each<[Record<string, string>, string]>([
    [{ max_size: 'much' }, 'max_size = much'],
    [{ idle_timeout: '60' }, 'idle_timeout = 60'],
    [{ idle_timeout: '0' }, 'idle_timeout = 0'],
    [{ idle_timeout: '30d' }, 'idle_timeout = 30d'],
  ])('refuses %j', (settings, message) => expect(() => limitsFrom(settings)).toThrow(message));
});

describe('demandAllowed', () => {
  it.each([
    ['http://files.example.net/a', ['files.example.net']],
    ['https://FILES.example.net:8080/a', ['files.example.net']],
    ['http://a.b.example.org/', ['*.example.org']],
    ['http://anywhere/', ['*']],
  ])('lets %s pass where %j are allowed', (url, allowed) => {
    expect(() => demandAllowed(new URL(url), allowed)).not.toThrow();
  });

  it.each([
    ['http://evil.org/', ['files.example.net']],
    ['http://files.example.net.evil.org/', ['files.example.net']],
    ['http://files.example.net@evil.org/', ['files.example.net']],
    ['http://evilexample.org/', ['*.example.org']],
    ['http://example.org/', ['*.example.org']],
    ['http://2130706433/', ['files.example.net']],
    ['http://anywhere/', []],
    ['file:///etc/passwd', ['*']],
    ['data:text/plain,a', ['*']],
  ])('refuses %s where %j are allowed', (url, allowed) => {
    expect(() => demandAllowed(new URL(url), allowed)).toThrow(/not allowed|not among the allowed_hosts/);
  });
});

describe('redirectTarget', () => {
  it.each([
    ['http://h/a/b', 'c', 'http://h/a/c'],
    ['http://h/a', 'https://g/', 'https://g/'],
    ['https://h/a', '//g/b', 'https://g/b'],
  ])('from %s to %s is %s', (from, location, target) => {
    expect(redirectTarget(new URL(from), location).href).toBe(target);
  });

  it('is never http after https', () => {
    expect(() => redirectTarget(new URL('https://h/'), 'http://h/')).toThrow('from https to http');
  });

  it('takes no password along to another host', () => {
    expect(redirectTarget(new URL('http://me:secret@h/'), 'http://g/').href).toBe('http://g/');
  });
});
