import { fileURLToPath } from 'node:url';

/** Those of test/fixtures/plugins/formats. */
export const fixtureFormats = (...names: readonly string[]): { readonly format: string; readonly module: string }[] =>
  names.map((name) => ({
    format: `application/x-fixture-${name}`,
    module: fileURLToPath(new URL(`../fixtures/plugins/formats/${name}.js`, import.meta.url)),
  }));
