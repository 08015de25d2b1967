import { expect, it } from 'vitest';
import { cli } from './run-cli.ts';

it.each(['../elsewhere', 'Greeter', '', '.hidden', 'a'.repeat(129)])('no plugin is called %j', async (name) => {
  const { code, err } = await cli(['plugin', 'new', name]);
  expect([code, err]).toEqual([64, expect.stringMatching(/^taskqueue: ".*" is no name for a plugin: lower-case.*\n$/)]);
});

it('what is there already is left alone', async () => {
  const { code, err } = await cli(['plugin', 'new', 'src']);
  expect([code, err]).toEqual([64, expect.stringMatching(/^taskqueue: \S+\/src is there already\n$/)]);
});
