// What holds for the example plugins that people copy.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readManifest } from '../../../src/plugin/manifest.ts';
import { BaseWorker } from '../../../src/worker/sdk.ts';

const PLUGINS = fileURLToPath(new URL('../../../plugins/', import.meta.url));

interface Manifest {
  readonly taskqueue: Record<'workers' | 'rpc', Record<string, string>> & Record<string, unknown>;
  readonly [key: string]: unknown;
}

const manifestOf = (name: string): Manifest =>
  JSON.parse(readFileSync(`${PLUGINS}${name}/package.json`, 'utf8')) as Manifest;

describe.each(['first', 'second', 'math', 'simpledownloader', 'simplebuilder'])('plugins/%s', (name) => {
  it('is an npm package that brings the worker type of its own name, and has a README', () => {
    const { taskqueue, ...manifest } = manifestOf(name);
    expect(manifest).toMatchObject({ name, version: '0.1.0', license: 'MIT', type: 'module' });
    expect(manifest.description).toMatch(/^Example plugin for taskqueue: ./);
    expect(Object.keys(taskqueue.workers ?? taskqueue.rpc)).toEqual([name]);
    expect(existsSync(`${PLUGINS}${name}/README.md`)).toBe(true);
  });

  it('depends on nothing: a copy of its directory is enough', () => {
    expect(manifestOf(name)).not.toHaveProperty('dependencies');
  });
});

describe.each(['first', 'second', 'simpledownloader', 'simplebuilder'])('plugins/%s', (name) => {
  it('has a worker class as the default export of its module', async () => {
    const module = manifestOf(name).taskqueue.workers[name] as string;
    const loaded = (await import(pathToFileURL(`${PLUGINS}${name}/${module}`).href)) as { default: unknown };
    expect(Object.getPrototypeOf(loaded.default)).toBe(BaseWorker);
  });
});

describe.each(['checksum', 'shout'])('plugins/%s', (name) => {
  it('brings the worker type of its own name, done by a program; and has a README', () => {
    const { taskqueue, ...manifest } = manifestOf(name);
    expect(manifest).toMatchObject({ name, version: '0.1.0', license: 'MIT' });
    expect(manifest.description).toMatch(/^Example plugin for taskqueue: ./);
    expect(readManifest({ ...manifest, taskqueue }, `${PLUGINS}${name}`)).toMatchObject({
      kind: 'plugin',
      plugin: { workers: [{ type: name, kind: 'command' }], needsSection: true }, // its interpreter may not be there
    });
    expect(existsSync(`${PLUGINS}${name}/README.md`)).toBe(true);
  });
});

describe('plugins that do what a sender says', () => {
  it('run only where they are configured, and build only as a user of their own', () => {
    expect(manifestOf('simpledownloader').taskqueue).toMatchObject({ needsSection: true });
    expect(manifestOf('simplebuilder').taskqueue).toMatchObject({ needsSection: true, needsUser: true });
  });
});
