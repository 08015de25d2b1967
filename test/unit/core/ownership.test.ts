import { describe, expect, it } from 'vitest';
import { ownershipProblem, type PathStep } from '../../../src/core/ownership.ts';

interface Made {
  uid?: number;
  mode?: number;
  linkTo?: string;
}

/** A file system of directories and files that belong to root, but for what `made` says otherwise. */
function files(made: Record<string, Made>): (path: string) => PathStep {
  return (path) => ({ uid: 0, mode: 0o755, linkTo: undefined, ...made[path] });
}

describe('ownershipProblem', () => {
  it('finds nothing where every step belongs to root and only root may write', () => {
    expect(ownershipProblem('/etc/taskqueue/config.ini', files({}))).toBeUndefined();
  });

  it('names the file that belongs to somebody else, and the chown', () => {
    expect(ownershipProblem('/etc/config.ini', files({ '/etc/config.ini': { uid: 1000 } }))).toBe(
      '/etc/config.ini must belong to root: chown root /etc/config.ini',
    );
  });

  it.each([
    [0o775, 'chmod g-w /usr/local/lib'],
    [0o2775, 'chmod g-w /usr/local/lib'],
    [0o777, 'chmod go-w /usr/local/lib'],
    [0o757, 'chmod go-w /usr/local/lib'],
  ])('names the ancestor that others may write with mode %o, and the chmod', (mode, command) => {
    const problem = ownershipProblem('/usr/local/lib/taskqueue/plugins', files({ '/usr/local/lib': { mode } }));
    expect(problem).toContain(command);
  });

  it('takes a sticky directory of root as an ancestor, but not as the thing itself', () => {
    const look = files({ '/tmp': { mode: 0o41777 } });
    expect(ownershipProblem('/tmp/plugins', look)).toBeUndefined();
    expect(ownershipProblem('/tmp', look)).toContain('chmod go-w /tmp');
  });

  it('refuses what is in a sticky directory and belongs to somebody else', () => {
    const look = files({ '/tmp': { mode: 0o41777 }, '/tmp/plugins': { uid: 1000 } });
    expect(ownershipProblem('/tmp/plugins/a', look)).toContain('chown root /tmp/plugins');
  });

  it('refuses a link that belongs to somebody else, and says how to mend the link itself', () => {
    const look = files({ '/tmp': { mode: 0o41777 }, '/tmp/link': { uid: 1000, linkTo: '/opt/a' } });
    expect(ownershipProblem('/tmp/link', look)).toBe('/tmp/link must belong to root: chown -h root /tmp/link');
  });

  it('looks at every ancestor of what a link leads to', () => {
    const look = files({ '/etc/a': { linkTo: '/home/joe/a' }, '/home/joe': { uid: 1000 } });
    expect(ownershipProblem('/etc/a/config.ini', look)).toContain('chown root /home/joe');
  });

  it('follows relative links from where they really stand', () => {
    const look = files({
      '/a/link': { linkTo: 'deep/er' },
      '/a/deep/er': { linkTo: '../../b' },
      '/b/c': { mode: 0o777 },
    });
    expect(ownershipProblem('/a/link/c', look)).toContain('chmod go-w /b/c');
  });

  it('gives up on links that lead in circles', () => {
    const look = files({ '/a': { linkTo: '/b' }, '/b': { linkTo: '/a' } });
    expect(ownershipProblem('/a', look)).toContain('symbolic links');
  });

  it('counts as wrong what does not exist', () => {
    expect(ownershipProblem('/nowhere/at/all')).toContain('/nowhere');
  });

  it('quotes an odd path so that the command can be pasted', () => {
    const path = "/it's here";
    expect(ownershipProblem(path, files({ [path]: { uid: 1 } }))).toContain(`chown root '/it'\\''s here'`);
  });
});
