// The test suites, each a folder of test/. They run one after another; what needs RabbitMQ shares one private broker.
import { fileURLToPath } from 'node:url';
import { defineConfig, type TestProjectConfiguration } from 'vitest/config';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const BUILT = here('test/support/built.ts');
const BROKER = here('test/support/rabbitmq/test-broker.ts');
const END_WITH_VITEST = here('test/support/end-with-vitest.ts');
const ROOT_ONLY = here('test/support/root-only.ts');

export default defineConfig({
  test: {
    projects: [
      // Its files are many and small, and leave nothing behind: a process and its modules serve them all.
      suite(1, 'unit', {
        globalSetup: [BUILT],
        include: ['test/unit/**/*.test.ts', 'test/architecture.test.ts'],
        isolate: false,
        maxWorkers: 2,
      }),
      suite(2, 'contract', { globalSetup: [BROKER] }),
      suite(3, 'e2e', { globalSetup: [BUILT, BROKER], testTimeout: 60_000, hookTimeout: 60_000 }),
      // What takes longer than anybody waits for while at work; it mostly waits itself.
      suite(4, 'slow', { globalSetup: [BUILT, BROKER], testTimeout: 150_000, hookTimeout: 60_000, maxWorkers: 4 }),
      suite(5, 'root', {
        globalSetup: [ROOT_ONLY, BUILT, BROKER],
        testTimeout: 60_000,
        hookTimeout: 60_000,
        fileParallelism: false,
      }),
      suite(6, 'system', { globalSetup: [ROOT_ONLY], testTimeout: 60_000, fileParallelism: false }),
    ],
  },
});

function suite(groupOrder: number, name: string, options: object): TestProjectConfiguration {
  return {
    // Plugins import 'taskqueue'; tests that load one into their own process get the sources.
    resolve: { alias: [{ find: /^taskqueue$/, replacement: here('src/worker/sdk.ts') }] },
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      setupFiles: [END_WITH_VITEST],
      testTimeout: 20_000,
      hookTimeout: 30_000,
      maxWorkers: 3, // files share nothing but the broker, of which each has a vhost; they often wait for it
      sequence: { groupOrder },
      ...options,
    },
  };
}
