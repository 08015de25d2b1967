// The packages in a fresh Debian 13 with real systemd and RabbitMQ, from the build to the purge. One system is booted for
// all of it; the cases follow one another as in the life of a host, and each finds what those before have left.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { Machine } from '../support/debian-13/machine.ts';
import { buildPackages } from '../support/debian-13/packages.ts';
import { debianRoot } from '../support/debian-13/root.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { copyNpm } from './host.ts';
import { installing } from './installing.ts';
import { leaving } from './leaving.ts';
import { packages } from './packages.ts';
import { plugins } from './plugins.ts';
import { reloading } from './reloading.ts';
import { rights } from './rights.ts';
import { sandbox } from './sandbox.ts';
import { trouble } from './trouble.ts';
import { upgrading } from './upgrading.ts';

/** The root, where it is not in the cache; the packages; the boot. */
const PREPARATION_MS = 600_000;

const share = join(temporaryDirectory('system'), 'share');
let machine: Machine | undefined;

beforeAll(async () => {
  const root = await debianRoot();
  mkdirSync(share);
  await buildPackages(root, share);
  copyNpm(share);
  machine = await Machine.boot(root, share);
}, PREPARATION_MS);

afterAll(() => machine?.stop());

/** What a test that failed has left behind fails those after it, too: the first story is the one that counts. */
let isToldAlready = false;
beforeEach(({ onTestFailed }) => {
  onTestFailed(async () => {
    if (isToldAlready) return;
    isToldAlready = true;
    process.stderr.write(`\n${(await machine?.story()) ?? 'there is no machine'}\n`);
  });
});

const host = (): Machine => {
  expect(machine, 'no machine has been booted').toBeDefined();
  return machine as Machine;
};

describe('the packages', () => packages(share));
describe('installing', () => installing(host));
describe('rights', () => rights(host));
describe('the sandbox', () => sandbox(host));
describe('plugins', () => plugins(host));
describe('reloading', () => reloading(host));
describe('trouble', () => trouble(host));
describe('upgrading', () => upgrading(host));
describe('leaving', () => leaving(host));
