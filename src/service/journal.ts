// Does what we write end in systemd's journal? A daemon may also be started by hand from a shell that inherited
// JOURNAL_STREAM, so the name alone says nothing: it has to be this very stream.
import { fstatSync } from 'node:fs';

/** @param journalStream `$JOURNAL_STREAM`: `device:inode` of the socket that systemd has connected */
export function isJournal(journalStream: string | undefined, fd: number): boolean {
  if (!journalStream) return false;
  try {
    const { dev, ino } = fstatSync(fd, { bigint: true });
    return journalStream === `${dev}:${ino}`;
  } catch {
    return false; // the descriptor is closed: nothing of ours gets anywhere
  }
}
