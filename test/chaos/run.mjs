// `npm run chaos`: the loss checker, a program in TypeScript that vite's runner loads, as vitest does with tests.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const { module } = await runnerImport(main, { configFile: false, logLevel: 'error' });
process.exit(await module.main(process.argv.slice(2)));
