import { expect, it } from 'vitest';
import { baseName } from '../../../src/pool/pool-name.ts';
import { claimNumber } from '../../../src/service/claim-number.ts';

it('is the same for the same host and configuration, and another for any other', () => {
  const name = baseName('build1', '/etc/taskqueue/config.ini');
  expect(baseName('build1', '/etc/taskqueue/config.ini')).toBe(name);
  expect(baseName('build2', '/etc/taskqueue/config.ini')).not.toBe(name);
  expect(baseName('build1', '/etc/taskqueue/other.ini')).not.toBe(name);
});

it('fits into the name of a queue and of a socket, whatever the host is called', () => {
  expect(baseName(`ö${'x'.repeat(300)}`, '/x')).toMatch(/^_x{59}-[0-9a-f]{12}$/);
});

it('several that run at once have a number each', async () => {
  const name = `taskqueue-test-${process.pid}`;
  expect([await claimNumber(name), await claimNumber(name), await claimNumber(`${name}-other`)]).toEqual([1, 2, 1]);
});
