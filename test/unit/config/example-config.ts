// etc/config.ini, made from the option table: every option, commented out, with its default and its doc.
import { type OptionTable, optionsIn } from '../../../src/config/option.ts';
import { AMQP_OPTIONS, GENERAL_OPTIONS } from '../../../src/config/options.ts';
import { COUNT_DOCS, WORKER_OPTIONS } from '../../../src/config/worker-options.ts';

const WIDTH = 100;

const INTRODUCTION = [
  'The configuration of taskqueue. An empty file works with a RabbitMQ on this host. What stands here commented out is the default, or an example where there is none.',
  '"key: value" and "key = value" mean the same. A line that begins with ; or # is a comment, and so is what follows a ; behind a blank. An indented line continues the value above it.',
  'Further files, conf.d/*.ini, are read after this one, in the order of their names; what they say wins.',
  '"taskqueue check" tells what holds, or what is wrong. A running daemon reads it again on SIGHUP.',
];

export function exampleConfig(): string {
  return `${[
    ...INTRODUCTION.flatMap((text) => ['#', ...comment(text)]).slice(1),
    '',
    ...heading('The broker'),
    '[amqp]',
    ...optionLines(AMQP_OPTIONS),
    ...heading('The service itself, and what holds for all workers'),
    '[taskqueue]',
    ...optionLines(GENERAL_OPTIONS),
    ...heading('Workers'),
    ...comment(
      'These may stand in [taskqueue], for all; in the section of a worker type, [<type>]; and in that of a group of its processes, [<type>_<group>]. The nearest counts. Any other key in such a section is a setting for the plugin.',
    ),
    '',
    ...entry(INSTANCES.key, INSTANCES.shown, INSTANCES.doc),
    ...optionLines(WORKER_OPTIONS),
    ...heading('Examples: three processes of one type; two groups of another, each with a user of its own'),
    ';[worker1]',
    `;${INSTANCES.key} = 3`,
    '',
    ';[worker2]',
    ...comment(SUBGROUPS.doc),
    `;${SUBGROUPS.key} = ${SUBGROUPS.shown}`,
    '',
    ';[worker2_group1]',
    ';user = user1',
    '',
    ';[worker2_group2]',
    ';user = user2',
  ].join('\n')}\n`;
}

const [INSTANCES, SUBGROUPS] = COUNT_DOCS;

function optionLines<Values>(table: OptionTable<Values>): string[] {
  return optionsIn(table).flatMap(({ key, kind, fallback, doc, shown, example }) =>
    example === undefined
      ? entry(key, shown ?? kind.format(fallback), doc)
      : entry(key, example, `${doc} For example:`),
  );
}

function entry(key: string, value: string, doc: string): string[] {
  return [...comment(doc), `;${key} = ${value}`.trimEnd(), ''];
}

function heading(title: string): string[] {
  return ['', ...comment(title).map((line) => line.replace('# ', '### ')), ''];
}

/** Wrapped at the width that a terminal has room for. */
function comment(text: string): string[] {
  const lines: string[] = [];
  let line = '#';
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = '#';
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
