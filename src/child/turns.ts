// Work that a process has been given before it is free for it, and that may still be taken back – exactly once the one or
// the other, even while its plugin blocks it and it answers nothing. Whoever gives out work writes the number of each job
// into a file without a name; who reads that number first has the job. The process reads the next number before it begins;
// to take back is to read what is left. Both read through one open file, which has one position for them all, and the
// kernel lets one reader at a time move it.
import { closeSync, ftruncateSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the process finds it. */
export const TURNS_FD = 4;

const RECORD_BYTES = 8;
/** In memory, where there is such a thing. */
const DIRECTORIES = ['/dev/shm', tmpdir()];

/** The end of whoever gives out work. */
export class Turns {
  /** Read only, to be passed on to the process. */
  readonly fd: number;
  readonly #writeFd: number;
  readonly #record = Buffer.alloc(RECORD_BYTES);
  /** Told the process, but not that it is their turn. */
  #toGive: number[] = [];
  #writtenTo = 0;
  /** How many may still be there to be taken back. */
  #given = 0;
  #isOpen = true;

  /** `undefined` where there is no room for such a file: then nothing is given in advance. */
  static open(): Turns | undefined {
    for (const directory of DIRECTORIES) {
      const name = `taskqueue-turns-${process.pid}-${process.hrtime.bigint()}`; // `newId` would load crypto into every worker
      const fds = openNameless(join(directory, name));
      if (fds) return new Turns(fds);
    }
    return undefined;
  }

  constructor({ readFd, writeFd }: Descriptors) {
    this.fd = readFd;
    this.#writeFd = writeFd;
  }

  /** These come next, once they are given. */
  add(job: number): void {
    this.#toGive.push(job);
  }

  /** From now on the process may begin those that were added. False where there is no room for that: they have no turn. */
  give(): boolean {
    const records = Buffer.allocUnsafe(this.#toGive.length * RECORD_BYTES);
    for (const [index, job] of this.#toGive.entries()) records.writeDoubleBE(job, index * RECORD_BYTES);
    const written = writtenTo(this.#writeFd, records, this.#writtenTo);
    this.#writtenTo += written;
    this.#given += written / RECORD_BYTES;
    this.#toGive.splice(0, written / RECORD_BYTES);
    return this.#toGive.length === 0;
  }

  /**
   * The jobs that the process has not begun, and will not begin any more. No more than were given: a process that keeps
   * setting the position back, which it could, would keep us here for ever.
   */
  takeBack(): readonly number[] {
    const jobs: number[] = [];
    if (!this.#isOpen) return jobs;
    for (; this.#given > 0 && readSync(this.fd, this.#record, 0, RECORD_BYTES, null) === RECORD_BYTES; this.#given--) {
      jobs.push(this.#record.readDoubleBE());
    }
    this.#given = 0;
    ftruncateSync(this.#writeFd, 0); // all has been read; the position stays where it is, and what comes next goes there
    jobs.push(...this.#toGive.splice(0));
    return jobs;
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const fd of [this.fd, this.#writeFd]) closeSync(fd);
  }
}

/** The end of the process: says whether a job that it was given in advance may begin. They are asked for in order. */
export function turnsOf(fd: number): (job: number) => boolean {
  const record = Buffer.alloc(RECORD_BYTES);
  let taken: number | undefined;
  return (job) => {
    if (taken === undefined && readSync(fd, record, 0, RECORD_BYTES, null) === RECORD_BYTES) {
      taken = record.readDoubleBE();
    }
    if (taken !== job) return false; // taken back; the turn that we have, if any, is for one that comes later
    taken = undefined;
    return true;
  };
}

/** How many bytes have found room; whole records, for these never lie across two pages. */
function writtenTo(fd: number, records: Buffer, position: number): number {
  try {
    return writeSync(fd, records, 0, records.length, position);
  } catch {
    return 0; // no space left on the device
  }
}

interface Descriptors {
  readonly readFd: number;
  readonly writeFd: number;
}

/** A file that nobody else can open, and that is gone with its last descriptor. */
function openNameless(path: string): Descriptors | undefined {
  let writeFd: number;
  try {
    writeFd = openSync(path, 'wx', 0o600);
  } catch {
    return undefined; // no such directory, or no right to write there: the next one may do
  }
  try {
    return { writeFd, readFd: openSync(path, 'r') };
  } catch {
    closeSync(writeFd);
    return undefined;
  } finally {
    unlinkSync(path);
  }
}
