import { describe, expect, it } from 'vitest';
import { groupsOf } from '../../../src/child/membership.ts';

describe('groupsOf', () => {
  it('knows the groups of a user', async () => {
    expect(await groupsOf('root', 5_000)).toContain(0);
  });

  it.each(['nobody-of-this-name', '-G'])('says UNAVAILABLE for %s, which is no user', async (user) => {
    await expect(groupsOf(user, 5_000)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
