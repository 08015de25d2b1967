// The manual page taskqueue-config.ini(5), made from the option table: page and program can't disagree.
import { type OptionTable, optionsIn } from '../../../src/config/option.ts';
import { AMQP_OPTIONS, GENERAL_OPTIONS } from '../../../src/config/options.ts';
import { COUNT_DOCS, WORKER_OPTIONS } from '../../../src/config/worker-options.ts';

export function configManual(): string {
  return `${[
    '.TH TASKQUEUE-CONFIG.INI 5 "" taskqueue "File formats"',
    '.SH NAME',
    'taskqueue-config.ini \\- configuration of taskqueue',
    '.SH SYNOPSIS',
    '.I /etc/taskqueue/config.ini',
    '.br',
    '.I /etc/taskqueue/conf.d/*.ini',
    '.SH DESCRIPTION',
    ...paragraphs(INTRODUCTION),
    '.SH BROKER',
    ...paragraph('Section [amqp]. It inherits nothing.'),
    ...entries(AMQP_OPTIONS),
    '.SH SERVICE',
    ...paragraph('Section [taskqueue]. It may hold the options of workers as well, for all types.'),
    ...entries(GENERAL_OPTIONS),
    '.SH WORKERS',
    ...paragraphs(WORKERS),
    ...COUNT_DOCS.flatMap(({ key, shown, doc }) => entry(key, `For example: ${shown}`, doc)),
    ...entries(WORKER_OPTIONS),
    '.SH EXAMPLE',
    '.nf',
    ...EXAMPLE.split('\n').map(escaped),
    '.fi',
    '.SH FILES',
    ...FILES.flatMap(([file, what]) => ['.TP', `.I ${escaped(file)}`, escaped(what)]),
    '.SH SEE ALSO',
    '.BR taskqueue (1),',
    '.BR taskqueue\\-plugins (7)',
  ].join('\n')}\n`;
}

const INTRODUCTION = `An empty or missing file works with a RabbitMQ on the same host. "key: value" and "key = value" mean the same: the first of ":" and "=" divides. Keys may be written in small or capital letters; the names of sections may not. A line that begins with ";" or "#" is a comment, and so is what follows a ";" behind a blank. An indented line continues the value above it. "%" is an ordinary character. Of two equal keys in one section, the last counts.

The files of conf.d are read after config.ini, in the order of their names; what they say wins. For any other X.ini, named with --config, it is X.d/*.ini.

Durations are written 250ms, 30s, 5m, 2h, 1d; sizes 64K, 128M, 1G.

"taskqueue check" tells what holds, or everything that is wrong, with file, line and "did you mean". A daemon does not start with an invalid configuration (exit code 78); a reload keeps the old one. What [amqp] says counts from the next start of a daemon on; all else from the next reload.

Sections of Python's logging ([loggers], [handlers], [formatters]) are ignored.`;

const WORKERS = `These may stand in [DEFAULT] and [taskqueue], for all; in the section of a worker type, [<type>] or [worker_<type>]; and in that of a group of its processes, [<type>_<group>] or [worker_<type>_<group>]. The nearest counts. Any other key in such a section is a setting for the plugin.

How many processes run is said by "instances", or by "workers" with a number; into which groups a type is divided, by "subgroups", or by "workers" with names.`;

const EXAMPLE = `[amqp]
host: rabbit1, rabbit2
user: taskqueue
passwd_file: /etc/taskqueue/amqp-password
vhost: /taskqueue

[worker1]
instances = 3
max_attempts = 5

[worker2]
subgroups = a, b

[worker2_a]
user = alice

[worker2_b]
user = bob`;

const FILES = [
  ['/etc/taskqueue/config.ini', 'may hold the password of the broker: for root and the group taskqueue alone'],
  ['/usr/lib/taskqueue/plugins', 'plugins that packages bring'],
  ['/usr/local/lib/taskqueue/plugins', 'plugins that an administrator installs'],
  ['/var/lib/taskqueue/<type>', 'where processes of this type start, if it exists'],
] as const;

const paragraphs = (words: string): string[] => words.split('\n\n').flatMap(paragraph);

const paragraph = (words: string): string[] => ['.PP', escaped(words)];

function entries<Values>(table: OptionTable<Values>): string[] {
  return optionsIn(table).flatMap(({ key, kind, fallback, doc, shown, example }) => {
    const value = example === undefined ? `Default: ${shown ?? kind.format(fallback)}` : `For example: ${example}`;
    return entry(key, value, doc);
  });
}

function entry(key: string, value: string, doc: string): string[] {
  return ['.TP', `.B ${escaped(key)}`, escaped(doc), '.br', escaped(value.trimEnd())];
}

/** So that roff takes it for text. A minus is one that can be copied into a shell. */
function escaped(words: string): string {
  const plain = words.replaceAll('\\', '\\e').replaceAll('-', '\\-');
  return /^[.']/.test(plain) ? `\\&${plain}` : plain;
}
