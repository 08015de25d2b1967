import { describe, expect, it } from 'vitest';
import { RELEASE } from '../../../src/core/release.ts';
import { cli, directoryWith } from './run-cli.ts';

const COMMANDS = ['dispatcher', 'workerpool', 'send', 'check', 'plugins', 'demo'];

describe('taskqueue', () => {
  it('prints its version', async () => {
    expect(await cli(['--version'])).toEqual({ code: 0, out: `${RELEASE}\n`, err: '' });
  });

  it('lists its commands with --help', async () => {
    const { code, out } = await cli(['--help']);
    expect(code).toBe(0);
    for (const command of COMMANDS) expect(out).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
  });

  it.each(COMMANDS)('explains %s with --help, with an example', async (command) => {
    const { code, out, err } = await cli([command, '--help']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(new RegExp(`Examples?:\n  .*taskqueue ${command}`));
  });

  it.each([
    [['chek'], /unknown command 'chek' \(Did you mean check\?\)/],
    [['check', '--jsn'], /unknown option '--jsn' \(Did you mean --json\?\)/],
    [['send', 'a', 'b', 'c'], /too many arguments/],
    [['send', 'a', 'b', '--delay', 'soon'], /--delay.*'soon' is invalid/],
    [['send', 'a', 'b', '--delay', '7000d'], /about 17 years/],
    [['send', 'a', 'b', '--expires', '5'], /'5' is invalid\. Write a number with a unit/],
    [['send', 'a', 'b', '--expires', '0s'], /'0s' is invalid\. It has to be more than nothing/],
    [['why', ''], /an id has 1 to 255 characters, not 0/],
    [['send', 'a', 'b', '--header', 'x'], /is no header/],
    [['send', 'a', 'b', '--header', 'tq-run=x'], /taskqueue's own/],
    [['check', '-c'], /argument missing/],
  ])('answers %j with exit code 64 and one line', async (args, message) => {
    const { code, out, err } = await cli(args);
    expect([code, out]).toEqual([64, '']);
    expect(err).toMatch(/^taskqueue: [^\n]*\n$/);
    expect(err).toMatch(message);
  });

  it.each([
    [['chek'], 'taskqueue --help'],
    [['help', 'chek'], 'taskqueue --help'],
    [['check', '--jsn'], 'taskqueue check --help'],
    [['dispatcher', 'x'], 'taskqueue dispatcher --help'],
    [['dead', 'lst'], 'taskqueue dead --help'],
    [['dead', 'list', '--limit', 'x'], 'taskqueue dead list --help'],
  ])('%j is wrong: it names the help that tells what would be right', async (args, help) => {
    const { code, out, err } = await cli(args);
    expect([code, out]).toEqual([64, '']);
    expect(err).toMatch(new RegExp(`^taskqueue: .*; see "${help}"\n$`));
  });

  it('shows its help on stderr where no command is named', async () => {
    const { code, out, err } = await cli([]);
    expect([code, out]).toEqual([64, '']);
    expect(err).toContain('Usage: taskqueue');
  });

  it('takes the configuration file from TASKQUEUE_CONFIG, and --config before that', async () => {
    const directory = directoryWith({ 'a.ini': '[amqp]\nvhost = a', 'b.ini': '[amqp]\nvhost = b' });
    const env = { TASKQUEUE_CONFIG: `${directory}/a.ini` };
    expect((await cli(['check'], { env })).out).toContain('vhost = a');
    expect((await cli(['check', '-c', `${directory}/b.ini`], { env })).out).toContain('vhost = b');
  });

  it('a daemon that does not start tells the mistakes last, below notes that fill a screen', async () => {
    const sections = Array.from({ length: 20 }, (_, n) => `[nobody${n}]`).join('\n');
    const directory = directoryWith({ 'c.ini': `[amqp]\nport = x\n[taskqueue]\nplugin_path = /none\n${sections}\n` });
    const lines = (await cli(['dispatcher', '-c', `${directory}/c.ini`])).err.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.at(-1)).toMatch(/c\.ini:2: mistake: \[amqp\] port: /);
  });

  it.each(['dispatcher', 'workerpool'])(
    '%s does not start with a bad file, and tells all that is wrong',
    async (command) => {
      const directory = directoryWith({ 'c.ini': '[amqp]\nport = x\nheartbeat = y' });
      const { code, out, err } = await cli([command, '-c', `${directory}/c.ini`]);
      expect([code, out]).toEqual([78, '']);
      expect(err).toMatch(/c\.ini:2: mistake: \[amqp\] port: .*\n.*c\.ini:3: mistake: \[amqp\] heartbeat: /);
    },
  );
});
