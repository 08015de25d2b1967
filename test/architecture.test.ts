// The rules of the house that a machine can check: who may import whom, which file opens the door to which outside
// library, and a few habits. Each message names the file and the rule that it breaks.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** From the ground up. A folder imports from lower floors only: never from above, and not from its neighbours. */
const FLOORS = [
  ['core'],
  ['workitem'],
  ['config', 'broker', 'service', 'child', 'plugin'],
  ['retry', 'events', 'installation'],
  ['handling', 'control'],
  ['daemon'],
  ['client', 'dispatcher', 'parked', 'pool', 'worker'],
  ['testing'],
  ['demo'],
  ['cli'],
];

/** The one folder, or file, of src/ through which each outside thing comes in. */
const DOORS: Readonly<Record<string, string>> = {
  amqplib: 'broker/amqp/',
  commander: 'cli/',
  leven: 'core/suggest.ts',
  pino: 'service/log.ts',
  'node:child_process': 'child/',
};

const LONGEST_FILE = 300;

const CODE = /\.(ts|js|mjs|cjs)$/;
const src = filesIn('src').filter((file) => file.endsWith('.ts'));
const tests = filesIn('test').filter((file) => CODE.test(file));
const everything = [...src, ...tests, ...filesIn('plugins'), ...filesIn('.ci'), ...filesIn('bench')].filter((file) =>
  CODE.test(file),
);

test('there is something to check', () => {
  expect(src.length).toBeGreaterThan(20);
});

describe('imports of src/', () => {
  test('every folder has its floor', () => {
    const unknown = src.filter((file) => folderOf(file) !== null && floorOf(file) === -1);
    expect(unknown.map((file) => `${file}: its folder is on no floor`)).toEqual([]);
  });

  test('go down only: never up, never to a neighbour, types included', () => {
    const ours = importsOf(src).filter(({ target }) => target?.startsWith('src/'));
    const wrong = ours.filter(({ file, target }) => !mayImport(file, target as string));
    expect(wrong.map(({ file, target }) => `${file} imports ${target}: not on a lower floor`)).toEqual([]);
  });

  test('stay inside src/, name the file, and end in .ts', () => {
    const relativeOnes = importsOf(src).filter(({ target }) => target !== null);
    const wrong = relativeOnes.filter(({ target }) => !target?.startsWith('src/') || !target.endsWith('.ts'));
    expect(wrong.map(({ file, name }) => `${file} imports ${name}: not a .ts file of src/`)).toEqual([]);
  });

  test('reach each outside library through its one door', () => {
    const outside = importsOf(src).filter(({ target, name }) => target === null && (!isOfNode(name) || name in DOORS));
    const wrong = outside.filter(({ file, name }) => !file.startsWith(`src/${DOORS[name] ?? '?'}`));
    const told = wrong.map(({ file, name }) => `${file} imports ${name}: its door is ${DOORS[name] ?? 'nowhere yet'}`);
    expect(told).toEqual([]);
  });

  test("spell Node's own modules with node:", () => {
    const wrong = importsOf(everything).filter(({ name }) =>
      /^(fs|path|url|util|os|net|events|child_process|crypto|stream|timers)(\/|$)/.test(name),
    );
    expect(wrong.map(({ file, name }) => `${file} imports ${name}: write node:${name}`)).toEqual([]);
  });
});

describe('files', () => {
  test(`have at most ${LONGEST_FILE} lines`, () => {
    const long = everything.map((file) => ({ file, lines: read(file).split('\n').length - 1 }));
    const wrong = long.filter(({ lines }) => lines > LONGEST_FILE);
    expect(wrong.map(({ file, lines }) => `${file}: ${lines} lines, more than ${LONGEST_FILE}: split it`)).toEqual([]);
  });

  test('are called in kebab-case', () => {
    const wrong = src.filter((file) => !/^src\/([a-z0-9-]+\/)*[a-z0-9-]+(\.d)?\.ts$/.test(file));
    expect(wrong.map((file) => `${file}: not kebab-case`)).toEqual([]);
  });

  test('of src/ export by name', () => {
    expect(matches(src, /^export\s+default\b|^export\b.*\bas\s+default\b/m, 'a default export')).toEqual([]);
  });

  test('of src/ write to the log, not to the console, unless they are made to be watched', () => {
    const files = src.filter((file) => !/^src\/(cli|demo)\//.test(file));
    expect(matches(files, /\bconsole\.\w+\(/, 'console')).toEqual([]);
  });

  test('hold no empty catch: handle, wrap or rethrow', () => {
    expect(matches(everything, /\bcatch\s*(\([^)]*\))?\s*\{\s*\}/, 'an empty catch')).toEqual([]);
    expect(matches(everything, /\.catch\(\s*\(?\w*\)?\s*=>\s*\{\s*\}\s*\)/, 'an empty catch')).toEqual([]);
  });
});

describe('tests', () => {
  test('all run: none is left out, none is singled out', () => {
    const kinds = /\b(test|it|describe|suite|bench)\s*\.\s*(\w+\.)*(skip|only|todo|skipIf|runIf|fails)\b/;
    expect(matches(tests, kinds, 'a test that does not simply run')).toEqual([]);
    expect(matches(tests, /\b(xit|xtest|xdescribe|fit|fdescribe)\s*\(|\.skip\s*\(\s*\)/, 'a skipped test')).toEqual([]);
    expect(matches(tests, /\b(skip|only|todo|fails)\s*:\s*true\b/, 'a test that does not simply run')).toEqual([]);
  });

  test('lie in the suite folders, where they are found', () => {
    const found = /^test\/(unit|contract|e2e|slow|root|chaos|system)\/|^test\/architecture\.test\.ts$/;
    const lost = tests.filter(
      (file) => /\.(test|spec)\./.test(file) && !(found.test(file) && file.endsWith('.test.ts')),
    );
    expect(lost.map((file) => `${file}: no suite runs it`)).toEqual([]);
  });
});

interface Import {
  readonly file: string;
  readonly name: string;
  /** The imported file, from the root of the repository; `null` where it is none of ours. */
  readonly target: string | null;
}

const IMPORT =
  /\b(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]|\brequire\s*\(\s*['"]([^'"]+)['"]/g;

function importsOf(files: readonly string[]): Import[] {
  return files.flatMap((file) =>
    [...withoutComments(read(file)).matchAll(IMPORT)].map((match) => {
      const name = match[1] ?? match[2] ?? match[3] ?? '';
      return { file, name, target: name.startsWith('.') ? join(dirname(file), name) : null };
    }),
  );
}

function mayImport(file: string, target: string): boolean {
  return folderOf(file) === folderOf(target) || floorOf(target) < floorOf(file);
}

function isOfNode(name: string): boolean {
  return name.startsWith('node:');
}

/** The folder of src/ that holds the file; `null` for a file in src/ itself. */
function folderOf(file: string): string | null {
  const parts = file.split(sep);
  return parts.length > 2 ? (parts[1] as string) : null;
}

function floorOf(file: string): number {
  return FLOORS.findIndex((floor) => floor.includes(folderOf(file) ?? ''));
}

function matches(files: readonly string[], pattern: RegExp, what: string): string[] {
  return files.flatMap((file) => {
    const found = pattern.exec(withoutComments(read(file)));
    return found === null ? [] : [`${file}: ${what} (${found[0]})`];
  });
}

/** Good enough for code that the formatter has been over: `//` in a string always follows a `:`. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** All files below a folder of the repository, named from its root; none where there is no such folder. */
function filesIn(folder: string): string[] {
  const entries = readdirSync(ROOT).includes(folder)
    ? readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    : [];
  return entries
    .filter((entry) => entry.isFile() && !entry.parentPath.includes(`${sep}node_modules`))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .sort();
}
