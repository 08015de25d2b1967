// `passwd_file`: a path, or the name of a credential that systemd has put into $CREDENTIALS_DIRECTORY.
import { join } from 'node:path';
import { readTextFile } from './read-file.ts';
import type { PasswordFile } from './resolve-amqp.ts';

const MAX_BYTES = 64 * 1024;

/** @throws TaskqueueError `PERMISSION` where this user may not read it */
export function readPasswordFile(name: string, credentialsDirectory: string | undefined): PasswordFile {
  const path = pathOf(name, credentialsDirectory);
  if (path === undefined) return { ok: false, problem: problemOfName(name) };
  const content = readTextFile(path, MAX_BYTES);
  switch (content.kind) {
    case 'missing':
      return { ok: false, problem: `${path} does not exist` };
    case 'unusable':
      return { ok: false, problem: `${path}: ${content.problem}` };
    case 'text': {
      const password = content.text.replace(/\r?\n$/, ''); // one, as every editor leaves it
      return password === '' ? { ok: false, problem: `${path} is empty` } : { ok: true, password };
    }
    default:
      return content satisfies never;
  }
}

function pathOf(name: string, credentialsDirectory: string | undefined): string | undefined {
  if (name.startsWith('/')) return name;
  if (name.includes('/') || name === '..' || !credentialsDirectory) return undefined;
  return join(credentialsDirectory, name);
}

function problemOfName(name: string): string {
  if (name.includes('/') || name === '..') return `${name} is no absolute path: begin it with /`;
  return `${name} is the name of a credential, but there is no $CREDENTIALS_DIRECTORY: LoadCredential= in the systemd unit makes one; elsewhere, write an absolute path`;
}
