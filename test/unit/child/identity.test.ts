import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { resolveIdentity } from '../../../src/child/identity.ts';
import { writeForAll } from '../../support/probe.ts';

const DEADLINE_MS = 10_000;

describe('a user', () => {
  it('is found by name and by number', async () => {
    const root = { name: 'root', uid: 0, gid: 0, home: '/root', shell: expect.stringMatching(/^\//) };
    expect(await resolveIdentity('root', DEADLINE_MS)).toEqual(root);
    expect(await resolveIdentity('0', DEADLINE_MS)).toEqual(root);
  });

  it.each(['no-such-user-here', '4294967290', '', 'a b', 'a:b', '../x', '-h', '--help', 'x'.repeat(300), 'a\nb'])(
    'that does not exist is a mistake in the configuration: %j',
    async (user) => {
      await expect(resolveIdentity(user, DEADLINE_MS)).rejects.toMatchObject({
        code: 'CONFIG',
        message: expect.stringMatching(/^user ".*" does not exist: /),
      });
    },
  );

  it.each([
    ['does not answer', 'exec /bin/sleep 1000', 300, 'did not answer within 300 ms'],
    ['is broken', 'echo "no database" >&2; exit 3', DEADLINE_MS, 'no database'],
    ['answers nonsense', 'echo nobody:x:many', DEADLINE_MS, 'no passwd line'],
  ])('is no mistake in the configuration where the directory service %s', async (_what, script, deadlineMs, why) => {
    const getent = writeForAll('getent', `#!/bin/sh\n${script}\n`);
    chmodSync(getent, 0o755);
    await expect(resolveIdentity('root', deadlineMs, getent)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining(why),
    });
  });

  it('is no mistake in the configuration either where nobody can be asked', async () => {
    const missing = resolveIdentity('root', DEADLINE_MS, '/does/not/exist');
    await expect(missing).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
