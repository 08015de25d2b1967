// `npm run broker`: a RabbitMQ to try things with, by a program in TypeScript that vite's runner loads, as vitest does with
// tests.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const { module } = await runnerImport(main, { configFile: false, logLevel: 'error' });
process.exit(await module.main());
