// How the processes of a group are started.
import { homedir } from 'node:os';
import { expect, it } from 'vitest';
import { childSpecAs } from '../../../src/pool/child-spec.ts';
import { planFor } from './fixtures.ts';

const ADA = { name: 'ada', uid: 1001, gid: 1001, home: '/home/ada', shell: '/bin/sh' };

it('they work where their section says, with the variables that it sets', () => {
  const plan = planFor('w', 1, { workdir: '/srv/w', environment: { LANG: 'C.UTF-8' } });
  expect(childSpecAs(plan, ADA)).toMatchObject({ workdir: '/srv/w', environment: { LANG: 'C.UTF-8' }, identity: ADA });
});

it('they work at home where nothing else is said: that of their user, else our own', () => {
  const plan = planFor('type-without-a-directory-of-its-own');
  expect(childSpecAs(plan, ADA).workdir).toBe('/home/ada');
  expect(childSpecAs(plan, null).workdir).toBe(homedir());
});

it('they keep capabilities only where their section says that they run as root', () => {
  expect(childSpecAs(planFor('w', 1, { user: 'root' }), ADA).keepsCapabilities).toBe(true);
  for (const user of ['ada', null]) expect(childSpecAs(planFor('w', 1, { user }), ADA).keepsCapabilities).toBe(false);
});
