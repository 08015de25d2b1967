import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIni } from '../../../src/config/parse.ts';
import { createReport, findingText } from '../../../src/config/report.ts';

/** Section → key → value. */
function values(text: string): Record<string, Record<string, string>> {
  const blocks = parseIni(text, 'c.ini', createReport());
  return Object.fromEntries(
    blocks.map(({ name, entries }) => [name, Object.fromEntries(entries.map(({ key, value }) => [key, value]))]),
  );
}

function findings(text: string): string[] {
  const report = createReport();
  parseIni(text, 'c.ini', report);
  return report.findings().map((finding) => `${finding.severity} ${findingText(finding)}`);
}

describe('parseIni', () => {
  it('reads both dialects, and splits at the first : or =', () => {
    expect(values('[a]\nx: 1\ny = 2\nz:a=b\nu=a:b\nhost: h:5672')).toEqual({
      a: { x: '1', y: '2', z: 'a=b', u: 'a:b', host: 'h:5672' },
    });
  });

  it('tells file, line, section and key of every entry', () => {
    const [block] = parseIni('; hello\n\n[a]\n# more\nKey: v\n', 'c.ini', createReport());
    expect(block?.at).toEqual({ file: 'c.ini', line: 3 });
    expect(block?.entries).toEqual([
      { section: 'a', key: 'key', value: 'v', at: { file: 'c.ini', line: 5 }, comment: null },
    ]);
  });

  it('takes keys in any case and sections as they are written', () => {
    expect(values('[Amqp]\nHOST: h')).toEqual({ Amqp: { host: 'h' } });
  });

  it('takes full lines as comments, at any indentation, and even between the lines of a value', () => {
    expect(values('; a\n# b\n[a]\n  ; c\nx: 1\n   # d\n   2')).toEqual({ a: { x: '1\n2' } });
  });

  it('takes " ;" as the beginning of a comment, but not ";" or "#" inside of a word', () => {
    expect(values('[a] ; s\nx: 1 ; one\ny: a;b\nz: a #b\nw:\t;c\nv=;d')).toEqual({
      a: { x: '1', y: 'a;b', z: 'a #b', w: '', v: ';d' },
    });
  });

  it('leaves %, quotes, true and null as they are, and dots in section names', () => {
    expect(values('[a.b]\nx: %(y)s 50%\nq: "q"\nt: true\nn: null')).toEqual({
      'a.b': { x: '%(y)s 50%', q: '"q"', t: 'true', n: 'null' },
    });
  });

  it('continues a value on lines that are indented deeper than its key', () => {
    expect(values('[a]\nx: 1,\n   2 ; two\n\n   3\ny: 4\nz:\n  5')).toEqual({ a: { x: '1,\n2\n3', y: '4', z: '5' } });
  });

  it('reads a text that is indented as a whole as if it were not', () => {
    const text = '[DEFAULT]\nworkers: 1\n\n[amqp]\nhost: a,\n  b\n; x\n[w]\nuser: u';
    expect(values(text.replace(/^/gm, '    '))).toEqual(values(text));
  });

  it('reads keys that are indented below their section', () => {
    expect(values('[a]\n  x: 1\n  y: 2\n[b]\n\tz: 3')).toEqual({ a: { x: '1', y: '2' }, b: { z: '3' } });
  });

  it('warns where an indented section header is swallowed by the value above', () => {
    expect(findings('[a]\nx: 1\n  [b]')).toEqual([expect.stringContaining('warning c.ini:3: [a] x: [b] is taken')]);
  });

  it('reads Windows line ends and a byte order mark', () => {
    expect(values('\uFEFF[a]\r\nx: 1\r\n  2\r\n')).toEqual({ a: { x: '1\n2' } });
  });

  it('keeps keys and sections that are called __proto__', () => {
    const blocks = parseIni('[__proto__]\n__proto__: 1', 'c.ini', createReport());
    expect(blocks.map(({ name }) => name)).toEqual(['__proto__']);
    expect(blocks[0]?.entries.map(({ key }) => key)).toEqual(['__proto__']);
  });

  it.each([
    ['[a]\nhello', 'mistake c.ini:2: [a]: the line is neither'],
    ['[a]\n: hello', 'mistake c.ini:2: [a]: the line begins with ":"'],
    ['x: 1\n[a]', 'mistake c.ini:1: x: the key stands before the first section'],
    ['[]', 'mistake c.ini:1: "[]" is no section'],
    ['[a', 'mistake c.ini:1: "[a" is no section'],
    ['[a] x: 1', 'mistake c.ini:1: "[a] x: 1" is no section'],
    ['[a]\nx: \0', 'mistake c.ini:2: the line holds a NUL'],
  ])('refuses %j with its place', (text, expected) => {
    expect(findings(text)).toEqual([expect.stringContaining(expected)]);
  });

  it('reports every mistake of a file, and reads on behind each', () => {
    expect(findings('x\n[a\ny: 1\n[b]\nz\n')).toHaveLength(3);
    expect(values('[a\ny: 1\n[b]\nz: 1')).toEqual({ '': { y: '1' }, b: { z: '1' } });
  });

  it('does not show what may be half of a password', () => {
    expect(findings('[amqp]\npasswd: s3cret\nhalf-s3cret').join()).not.toContain('s3cret');
    expect(findings('[amqp]\npasswd s3cret=1')).toEqual([
      expect.stringMatching(/^mistake c.ini:2: \[amqp\]: the line is neither/),
    ]);
    expect(findings('[amqp]\npasswd s3cret=1').join()).not.toContain('s3cret');
  });

  it('gives back any single-line value that has no blank at its ends and none before a ";"', () => {
    const writable = fc
      .string({ unit: 'binary', minLength: 1 })
      .filter((text) => text === text.trim() && !/[\r\n\0]|\s;/.test(text));
    fc.assert(
      fc.property(writable, fc.constantFrom(':', '=', ': ', ' = '), (value, split) => {
        fc.pre(!(value.startsWith(';') && split.endsWith(' ')));
        expect(values(`[amqp]\npasswd${split}${value}\nuser: u`)).toEqual({ amqp: { passwd: value, user: 'u' } });
      }),
    );
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('[', ']', ':', '=', ';', '#', ' ', '\n', '\t', 'a', '\0') }),
        (text) => {
          expect(Array.isArray(parseIni(text, 'c.ini', createReport()))).toBe(true);
        },
      ),
    );
  });
});
