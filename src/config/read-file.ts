// Reading the files that an administrator writes: bounded, plain files only, and with an answer to "why not?".
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { codeOf, messageOf, TaskqueueError } from '../core/errors.ts';
import { utf8Of } from '../core/text.ts';

type FileContent =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'missing' }
  /** One sentence: what is wrong with it. */
  | { readonly kind: 'unusable'; readonly problem: string };

/** @throws TaskqueueError `PERMISSION` where this user may not read it */
export function readTextFile(path: string, maxBytes: number): FileContent {
  try {
    // A named pipe would block without O_NONBLOCK.
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return readOpened(descriptor, maxBytes);
    } finally {
      closeSync(descriptor);
    }
  } catch (err) {
    const code = codeOf(err);
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'missing' };
    if (code === 'EACCES' || code === 'EPERM') throw unreadable(path, err);
    return { kind: 'unusable', problem: `it cannot be read: ${messageOf(err)}` };
  }
}

function readOpened(descriptor: number, maxBytes: number): FileContent {
  const stat = fstatSync(descriptor);
  if (stat.isDirectory()) return { kind: 'unusable', problem: 'it is a directory, not a file' };
  if (!stat.isFile()) return { kind: 'unusable', problem: 'it is no plain file' };
  const bytes = Buffer.alloc(Math.min(stat.size, maxBytes) + 1); // one more, to see whether there is more
  let length = 0;
  for (let read = -1; read !== 0 && length < bytes.length; length += read) {
    read = readSync(descriptor, bytes, length, bytes.length - length, null);
  }
  if (length > maxBytes) return { kind: 'unusable', problem: `it is larger than ${maxBytes} bytes` };
  const text = utf8Of(bytes.subarray(0, length));
  return text === undefined ? { kind: 'unusable', problem: 'it is not UTF-8 text' } : { kind: 'text', text };
}

export function unreadable(path: string, cause: unknown): TaskqueueError {
  const message = `${path} may not be read by this user: join the group taskqueue (sudo adduser "$USER" taskqueue, then log in again)`;
  return new TaskqueueError('PERMISSION', message, { cause });
}
