// What the Debian packages say about us must be true: versions, licences, manual pages, the files that units refer to.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cli } from '../cli/run-cli.ts';

const text = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const manifest = JSON.parse(text('package.json')) as { version: string; engines: { node: string } };
const lock = JSON.parse(text('package-lock.json')) as {
  packages: Record<string, { dev?: boolean; license?: string }>;
};
const bundled = Object.entries(lock.packages).filter(([path, { dev }]) => path !== '' && dev !== true);

describe('debian/', () => {
  it('has the version of package.json, and asks for the same Node', () => {
    expect(text('debian/changelog')).toMatch(
      new RegExp(`^taskqueue \\(${manifest.version.replaceAll('.', '\\.')}\\) `),
    );
    expect(text('debian/control')).toContain(`nodejs (${manifest.engines.node.replace('>=', '>= ')})`);
  });

  it('has a changelog with lines of at most 80 characters, as lintian wants it', () => {
    const entries = text('debian/changelog')
      .split('\n')
      .filter((line) => !line.startsWith(' -- '));
    expect(entries.filter((line) => line.length > 80)).toEqual([]);
  });

  it('works with the same taskqueue-common only', () => {
    const daemons = text('debian/control').split(/\n(?=Package: )/);
    for (const name of ['dispatcher', 'workerpool', 'extra']) {
      const paragraph = daemons.find((one) => one.startsWith(`Package: taskqueue-${name}\n`));
      expect(paragraph).toMatch(/taskqueue-common \(= \$\{source:Version\}\)/);
    }
  });
});

describe('debian/copyright', () => {
  const paragraphs = text('debian/copyright').split('\n\n');
  const NAMES: Readonly<Record<string, string>> = { MIT: 'Expat', ISC: 'ISC' };

  it('has a paragraph for every npm package that is bundled, with its licence', () => {
    expect(bundled.length).toBeGreaterThan(5);
    for (const [path, { license }] of bundled) {
      const paragraph = paragraphs.find((one) => one.startsWith(`Files: debian/stage/${path}/*\n`)) ?? '';
      expect(paragraph, path).toMatch(/\nCopyright: \S/);
      expect(paragraph, path).toMatch(new RegExp(`\nLicense: ${NAMES[license ?? ''] ?? '(no such licence yet)'}$`));
    }
  });

  it('has none for a package that is not', () => {
    const told = paragraphs.flatMap((one) => /^Files: debian\/stage\/(node_modules\/.*)\/\*$/m.exec(one)?.[1] ?? []);
    expect(told.toSorted()).toEqual(bundled.map(([path]) => path).toSorted());
  });

  it('has the words of every licence that it names', () => {
    const names = new Set(paragraphs.flatMap((one) => /^License: (.*)$/m.exec(one)?.[1] ?? []));
    for (const name of names)
      expect(text('debian/copyright')).toMatch(new RegExp(`^License: ${name}\n Permission`, 'm'));
  });

  it('names everybody whom the licences name', () => {
    for (const [path] of bundled) {
      const file = readdirSync(new URL(`../../../${path}`, import.meta.url)).find((name) =>
        /^licen[cs]e.*/i.test(name),
      );
      const holders = [...text(`${path}/${file}`).matchAll(/^\s*copyright \(c\) (.*?),?$/gim)].map((match) => match[1]);
      const paragraph = paragraphs.find((one) => one.startsWith(`Files: debian/stage/${path}/*\n`)) ?? '';
      for (const holder of holders) expect(paragraph).toContain(holder);
    }
  });
});

describe('man/taskqueue.1', () => {
  const page = text('man/taskqueue.1').replaceAll('\\-', '-').replaceAll('\\~', ' ');

  it('has every command, and every option of every command', async () => {
    const commands = await allCommands();
    expect(commands).toContain('workerpool');
    expect(commands).toContain('dead requeue');
    for (const command of commands) {
      expect(page).toContain(`.B taskqueue ${command}`);
      const options = (await cli([...command.split(' '), '--help'])).out.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm);
      for (const [, option] of options) expect(page, `${command} ${option}`).toContain(option);
    }
  });
});

describe('bash completion', () => {
  it('knows every command', async () => {
    for (const command of await allCommands()) {
      const [, first, last] = /^(?:(\w+) )?(\w+)$/.exec(command) as RegExpExecArray;
      expect(text('debian/completion/taskqueue')).toMatch(new RegExp(`${first ?? "''"}\\) echo .*\\b${last}\\b`));
    }
  });
});

/** Those of commands that have some of their own, too: `dead list`. */
async function allCommands(): Promise<string[]> {
  const below = async (...path: string[]): Promise<string[]> => {
    const list = /\nCommands:\n([\s\S]*?)\n\n/.exec((await cli([...path, '--help'])).out)?.[1] ?? '';
    const names = [...list.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name as string);
    const all = names.filter((name) => name !== 'help').map((name) => below(...path, name));
    return all.length === 0 ? [path.join(' ')] : (await Promise.all(all)).flat();
  };
  return below();
}
