// Exit codes, as in sysexits(3): scripts and systemd units rely on them.
import type { ErrorCode } from '../core/errors.ts';

export const EXIT_OK = 0;
/** What was sent, and waited for, has failed. */
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 64;
/** What was asked for cannot be done with what is there. */
export const EXIT_DATA = 65;
/** What was named is not there. */
export const EXIT_NOT_FOUND = 66;
export const EXIT_UNAVAILABLE = 69;
export const EXIT_SOFTWARE = 70;
const EXIT_PERMISSION = 77;
export const EXIT_CONFIG = 78;

export function exitCodeOf(code: ErrorCode): number {
  switch (code) {
    case 'USAGE':
      return EXIT_USAGE;
    case 'UNAVAILABLE':
    case 'TIMEOUT':
      return EXIT_UNAVAILABLE;
    case 'PERMISSION':
      return EXIT_PERMISSION;
    case 'CONFIG':
      return EXIT_CONFIG;
    case 'UNREADABLE':
    case 'PLUGIN':
    case 'PROTOCOL':
    case 'STOPPED':
      return EXIT_SOFTWARE;
    default:
      return code satisfies never;
  }
}
