// The name of a pool, for the queue of its leases: no other running pool has it, and after a restart it is the same.
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { claimNumber } from '../service/claim-number.ts';

/** Of this host and this configuration file; where several pools share both, a number tells them apart. */
export async function poolName(host: string, configFile: string): Promise<string> {
  const base = baseName(host, resolve(configFile));
  return `${base}.${await claimNumber(`taskqueue-pool-${base}`)}`;
}

export function baseName(host: string, path: string): string {
  const plainHost = host.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, MAX_HOST);
  return `${plainHost}-${createHash('sha256').update(path).digest('hex').slice(0, HASH_DIGITS)}`;
}

/** Of a socket's name, the kernel takes 107 bytes. */
const MAX_HOST = 60;
const HASH_DIGITS = 12;
