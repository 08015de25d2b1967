// `npm run bench`: a program in TypeScript that vite's runner loads, as vitest does with tests. The peers are installed first.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const HERE = fileURLToPath(new URL('.', import.meta.url));

if (!existsSync(join(HERE, 'node_modules/bullmq'))) {
  console.log('Installing what is compared with into bench/node_modules/ (npm install).');
  // Not `npm ci`: it wants BullMQ's optional packages for other systems in the lock file, and registries lack some of them.
  const install = ['install', '--no-save', '--no-audit', '--no-fund'];
  const { status } = spawnSync('npm', install, { cwd: HERE, stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}
const { module } = await runnerImport(join(HERE, 'main.ts'), { configFile: false, logLevel: 'error' });
process.exit(await module.main(process.argv.slice(2)));
