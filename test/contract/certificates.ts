// Certificates for a broker on localhost and for a client of it, signed by an authority that nobody else knows.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { outputOf } from '../support/run.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

export interface Certificates {
  readonly ca: string;
  readonly server: Pair;
  readonly client: Pair;
}

/** Paths of PEM files. */
interface Pair {
  readonly cert: string;
  readonly key: string;
}

export async function makeCertificates(): Promise<Certificates> {
  const directory = temporaryDirectory('certificates');
  const ca = await authority(directory);
  const server = await signed(directory, ca, 'server', 'subjectAltName=DNS:localhost');
  const client = await signed(directory, ca, 'client', 'extendedKeyUsage=clientAuth');
  return { ca: ca.cert, server, client };
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

async function authority(directory: string): Promise<Pair> {
  const pair = pairIn(directory, 'ca');
  const names = ['-subj', '/CN=Test authority', '-days', '2'];
  await outputOf('openssl', ['req', '-x509', ...NEW_KEY, ...names, '-keyout', pair.key, '-out', pair.cert]);
  return pair;
}

async function signed(directory: string, ca: Pair, name: string, extension: string): Promise<Pair> {
  const pair = pairIn(directory, name);
  const [request, extensions] = [join(directory, `${name}.csr`), join(directory, `${name}.ext`)];
  writeFileSync(extensions, `${extension}\n`);
  await outputOf('openssl', ['req', ...NEW_KEY, '-subj', `/CN=${name}`, '-keyout', pair.key, '-out', request]);
  const by = ['-CA', ca.cert, '-CAkey', ca.key, '-CAcreateserial', '-days', '2', '-extfile', extensions];
  await outputOf('openssl', ['x509', '-req', '-in', request, ...by, '-out', pair.cert]);
  return pair;
}

function pairIn(directory: string, name: string): Pair {
  return { cert: join(directory, `${name}.pem`), key: join(directory, `${name}.key`) };
}
