// A plugin to begin with, from the files in etc/plugin-template: a plugin called `greeter`, which is given another name.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE } from '../../core/own-package.ts';

const TEMPLATE = join(PACKAGE, 'etc/plugin-template');
/** The name of package, directory and worker type in the template. */
const TEMPLATE_NAME = /\bgreeter\b/g;
/** How the template finds the taskqueue that its test runs; a new plugin is elsewhere. */
const TEMPLATE_LINK = 'file:../..';

/** The files, by their path in the plugin's directory. @param name of the package and of its worker type */
export function pluginFiles(name: string): ReadonlyMap<string, string> {
  const named = (text: string): string =>
    text.replaceAll(TEMPLATE_NAME, name).replaceAll(TEMPLATE_LINK, JSON.stringify(`file:${PACKAGE}`).slice(1, -1));
  const paths = readdirSync(TEMPLATE).filter((path) => path !== 'node_modules');
  return new Map(paths.sort().map((path) => [path, named(readFileSync(join(TEMPLATE, path), 'utf8'))]));
}
