import { describe, expect, it } from 'vitest';
import { childEnvironment, refuseUnsafeVariables } from '../../../src/child/environment.ts';
import type { Identity } from '../../../src/child/identity.ts';

const OWN = {
  PATH: '/usr/bin',
  LANG: 'de_DE.UTF-8',
  LC_TIME: 'C',
  TZ: 'Europe/Berlin',
  HOME: '/root',
  USER: 'root',
  LOGNAME: 'root',
  SHELL: '/bin/bash',
  TMPDIR: '/root/tmp',
  NOTIFY_SOCKET: '/run/systemd/notify',
  CREDENTIALS_DIRECTORY: '/run/credentials',
  NODE_OPTIONS: '--inspect',
  RABBITMQ_PASSWORD: 'hunter2',
  EMPTY: undefined,
};
const BIFH: Identity = { name: 'bifh1', uid: 1001, gid: 1001, home: '/home/bifh1', shell: '/bin/sh' };

describe('the environment of a child process', () => {
  it('has language, time zone and path of ours, and the user’s own names and places', () => {
    expect(childEnvironment(OWN, BIFH, {})).toEqual({
      PATH: '/usr/bin',
      LANG: 'de_DE.UTF-8',
      LC_TIME: 'C',
      TZ: 'Europe/Berlin',
      HOME: '/home/bifh1',
      USER: 'bifh1',
      LOGNAME: 'bifh1',
      SHELL: '/bin/sh',
    });
  });

  it('keeps what describes the user where it stays the same user', () => {
    const { HOME, USER, LOGNAME, SHELL, TMPDIR } = OWN;
    expect(childEnvironment(OWN, null, {})).toMatchObject({ HOME, USER, LOGNAME, SHELL, TMPDIR });
    expect(Object.keys(childEnvironment(OWN, null, {}))).toHaveLength(9);
  });

  it('lets the configuration have the last word, and has a path in any case', () => {
    expect(childEnvironment({}, BIFH, { HOME: '/srv', MORE: 'x' })).toEqual({
      PATH: expect.stringContaining('/usr/bin'),
      HOME: '/srv',
      USER: 'bifh1',
      LOGNAME: 'bifh1',
      SHELL: '/bin/sh',
      MORE: 'x',
    });
  });
});

describe('variables that would act on setpriv while it is root', () => {
  it.each(['LD_PRELOAD', 'LD_LIBRARY_PATH', 'GLIBC_TUNABLES', 'GCONV_PATH'])('%s is refused', (name) => {
    expect(() => refuseUnsafeVariables({ FINE: '1', [name]: '/home/bifh1/lib' })).toThrow(name);
  });

  it('others are not', () => {
    expect(() => refuseUnsafeVariables({ PATH: '/x', LANG: 'C', OLD_LD: '1', NODE_OPTIONS: '' })).not.toThrow();
  });
});
