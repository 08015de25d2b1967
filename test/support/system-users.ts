// System users for tests that run as root: made where they are missing, and then removed again.
import { outputOf, run } from './run.ts';

export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** All of them, the primary one included, in ascending order. */
  readonly groups: readonly number[];
  readonly home: string;
  readonly shell: string;
}

export class SystemUsers {
  readonly #made: string[] = [];
  readonly #groups: string[] = [];

  /** `groups`: made too, where there are none of these names. */
  async ensure(name: string, ...groups: readonly string[]): Promise<SystemUser> {
    for (const group of groups) {
      if ((await run('groupadd', [group])).exitCode === 0) this.#groups.push(group);
    }
    if ((await run('id', [name])).exitCode !== 0) {
      const supplementary = groups.length === 0 ? [] : ['--groups', groups.join(',')];
      await outputOf('useradd', ['--create-home', '--user-group', '--shell', '/bin/sh', ...supplementary, name]);
      this.#made.push(name);
    }
    const [, , uid, gid, , home = '', shell = ''] = (await outputOf('getent', ['passwd', name])).trim().split(':');
    const all = (await outputOf('id', ['-G', name])).trim().split(' ').map(Number);
    return { name, uid: Number(uid), gid: Number(gid), groups: all.sort((a, b) => a - b), home, shell };
  }

  async remove(): Promise<void> {
    for (const name of this.#made) await run('userdel', ['--remove', '--force', name]);
    for (const group of this.#groups) await run('groupdel', [group]);
  }
}
