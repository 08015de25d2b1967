// The four .deb files by themselves.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { outputOf } from '../support/run.ts';

const NAMES = ['common', 'dispatcher', 'extra', 'workerpool'].map((name) => `taskqueue-${name}`);

export function packages(share: string): void {
  const debs = (folder: string): string[] => readdirSync(join(share, folder)).sort();
  const deb = (name: string): string => join(share, 'first', debs('first').find((file) => file.startsWith(name)) ?? '');

  test('are four, for every architecture', () => {
    expect(debs('first').map((file) => file.replace(/_[^_]*_all\.deb$/, ''))).toEqual(NAMES);
  });

  test('come out the same, byte for byte, from another folder with another umask and time zone', () => {
    const sums = (folder: string): string[] =>
      debs(folder).map((file) => `${file} ${sha256(readFileSync(join(share, folder, file)))}`);
    expect(sums('second')).toEqual(sums('first'));
  });

  test('have nothing that lintian would call an error or a warning', () => {
    expect(readFileSync(join(share, 'lintian'), 'utf8')).toBe('');
  });

  test('hold no tests, sources or tools of developers', async () => {
    const files = await outputOf('dpkg-deb', ['--contents', deb('taskqueue-common')]);
    expect(files).toContain('/usr/lib/taskqueue/node_modules/amqplib/package.json');
    expect(files).toMatch(/node_modules\/taskqueue -> \S+\n/); // plugins below find it without a hook of ours
    const leftovers = files
      .split('\n')
      .filter((line) => /node_modules\/.*(\/test\/|\.ts$|\.md$)|\.map$|\/\.[a-z]/.test(line));
    expect(leftovers).toEqual([]);
    expect(files).not.toMatch(/node_modules\/(typescript|vitest|@biomejs|@types)\//);
  });

  test('depend on the same version of taskqueue-common, on Node and on what starts workers', async () => {
    const field = async (name: string, field: string): Promise<string> =>
      outputOf('dpkg-deb', ['--field', deb(name), field]);
    const version = (await field('taskqueue-common', 'Version')).trim();
    for (const name of NAMES.slice(1)) {
      expect(await field(name, 'Depends')).toContain(`taskqueue-common (= ${version})`);
    }
    expect(await field('taskqueue-common', 'Depends')).toMatch(/nodejs \(>= 20\.19\), util-linux/);
    expect(await field('taskqueue-dispatcher', 'Recommends')).toContain('rabbitmq-server');
    expect(await field('taskqueue-workerpool', 'Suggests')).toContain('rabbitmq-server');
  });
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
