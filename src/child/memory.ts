// How much memory a process has, as the kernel tells everybody: also about processes of other users.
import { readFileSync } from 'node:fs';

/** Bytes in memory (RSS) of this process alone, without its children; `undefined` where it is gone, or hidden from us. */
export function residentBytes(pid: number): number | undefined {
  try {
    return residentBytesIn(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return undefined; // ESRCH or ENOENT: said in the result
  }
}

/** `statm` counts pages, whose size Node does not tell; `status` says kB. A process without memory has no such line. */
export function residentBytesIn(status: string): number | undefined {
  const kilobytes = /^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}
