// Section `[amqp]` → how to reach the broker. Nothing is inherited into it.
import { didYouMean } from '../core/suggest.ts';
import type { AmqpConfig } from './config.ts';
import { keysOf, type Option } from './option.ts';
import { AMQP_OPTIONS, AMQP_PORT, AMQPS_PORT, type AmqpOptions, GENERAL_OPTIONS, GUEST } from './options.ts';
import type { Entry } from './parse.ts';
import { defaultsOf, readOptions } from './read-options.ts';
import type { Report } from './report.ts';
import { AMQP, entriesOf, type Sections } from './sections.ts';
import { WORKER_OPTIONS } from './worker-options.ts';

/** The content of a password file, or what is wrong with it. */
export type PasswordFile =
  | { readonly ok: true; readonly password: string }
  | { readonly ok: false; readonly problem: string };

export function resolveAmqp(
  sections: Sections,
  readPasswordFile: (name: string) => PasswordFile,
  report: Report,
): AmqpConfig {
  const entries = entriesOf(sections, AMQP);
  for (const entry of entries.values()) {
    if (!KEYS.includes(entry.key)) report.mistake(entry, unknown(entry.key));
  }
  const options = { ...defaultsOf(AMQP_OPTIONS), ...readOptions(entries, AMQP_OPTIONS, report) };
  checkTls(options, entries, report);
  const { isEncrypted, ca, cert, key } = options;
  const port = options.port ?? (isEncrypted ? AMQPS_PORT : AMQP_PORT);
  return {
    hosts: options.hosts.map((one) => ({ host: one.host, port: one.port ?? port })),
    user: options.user,
    password: passwordOf(options, entries, readPasswordFile, report),
    vhost: options.vhost,
    tls: isEncrypted ? { ca, cert, key } : null,
    heartbeatSeconds: options.heartbeatSeconds,
    queueType: options.queueType,
  };
}

const KEYS = keysOf(AMQP_OPTIONS);

function unknown(key: string): string {
  const isElsewhere = [...keysOf(GENERAL_OPTIONS), ...keysOf(WORKER_OPTIONS)].includes(key);
  if (isElsewhere) return 'no option of this section: it belongs in [taskqueue]';
  return `no option of this section${didYouMean(key, KEYS) || `; there are ${KEYS.join(', ')}`}`;
}

function checkTls(options: AmqpOptions, entries: ReadonlyMap<string, Entry>, report: Report): void {
  const entryOf = (option: Option<string | null>): Entry | undefined => entries.get(option.key);
  const [ca, cert, key] = [entryOf(AMQP_OPTIONS.ca), entryOf(AMQP_OPTIONS.cert), entryOf(AMQP_OPTIONS.key)];
  const tls = AMQP_OPTIONS.isEncrypted.key;
  for (const entry of [ca, cert, key]) {
    if (entry && !options.isEncrypted) report.mistake(entry, `means nothing without encryption: add "${tls} = yes"`);
  }
  if (cert && !key) report.mistake(cert, `a certificate needs its private key: add ${AMQP_OPTIONS.key.key}`);
  if (key && !cert) report.mistake(key, `a private key needs its certificate: add ${AMQP_OPTIONS.cert.key}`);
}

function passwordOf(
  options: AmqpOptions,
  entries: ReadonlyMap<string, Entry>,
  readPasswordFile: (name: string) => PasswordFile,
  report: Report,
): string {
  const inline = entries.get(AMQP_OPTIONS.password.key);
  const inFile = entries.get(AMQP_OPTIONS.passwordFile.key);
  if (inline) noteComment(inline, report);
  if (inline && inFile) report.mistake(inFile, `${inline.key} is set, too: keep one of the two`);
  if (inFile && options.passwordFile !== null) {
    const file = readPasswordFile(options.passwordFile);
    if (file.ok) return file.password;
    report.mistake(inFile, file.problem);
  }
  if (!inline && !inFile) noteGuest(options, entries, report);
  return options.password ?? GUEST;
}

/** `p ;w` may have been meant as a password, though by the rules of the file it is `p` and a comment. */
function noteComment(entry: Entry, report: Report): void {
  if (entry.comment === null || /^(\s|$)/.test(entry.comment)) return;
  const file = AMQP_OPTIONS.passwordFile.key;
  report.warning(entry, `what follows " ;" is a comment: a password that holds a blank and ";" belongs in a ${file}`);
}

function noteGuest({ user }: AmqpOptions, entries: ReadonlyMap<string, Entry>, report: Report): void {
  const entry = entries.get(AMQP_OPTIONS.user.key);
  if (entry === undefined || user === GUEST) return;
  report.warning(
    entry,
    `no password for "${user}": "${GUEST}" is tried; add ${AMQP_OPTIONS.password.key} or passwd_file`,
  );
}
