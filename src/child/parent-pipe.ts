// The child's end of the pipe: fd 3. Used in child processes only, once, before anything else is done there.
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Node closes fd 3 in all programs that the child starts (it marks inherited descriptors at its own start). */
export function openParentPipe(): Duplex {
  return new Socket({ fd: 3, readable: true, writable: true });
}

/** SIGUSR1 opens no inspector from now on. For Node without `--disable-sigusr1`; harmless elsewhere. */
export function refuseInspector(): void {
  process.on('SIGUSR1', () => undefined); // a listener takes the place of Node's own
}
