import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { type Key, type TerminalStreams, WholeScreen } from '../../../../src/cli/top/terminal.ts';

function stage() {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  let written = '';
  stdout.on('data', (data: Buffer) => {
    written += data.toString();
  });
  Object.assign(stdout, { columns: 100, rows: 3 });
  const terminal = new WholeScreen({ stdin, stdout } as unknown as TerminalStreams);
  const keys: Key[] = [];
  terminal.onKey((key) => keys.push(key));
  return { stdin, stdout, terminal, keys, written: () => written };
}

it('takes the whole screen, and gives it back as it was, once', () => {
  const { terminal, written } = stage();
  terminal.open();
  terminal.draw(['one', 'two', 'three', 'four']);
  terminal.close();
  terminal.close();
  expect(written()).toBe('\x1b[?1049h\x1b[?25l\x1b[Hone\x1b[K\r\ntwo\x1b[K\r\nthree\x1b[K\x1b[J\x1b[?25h\x1b[?1049l');
});

it('draws nothing while it is not open', () => {
  const { terminal, written } = stage();
  terminal.draw(['one']);
  expect(written()).toBe('');
});

it('knows its keys, several at once too, and lets others pass', async () => {
  const { stdin, terminal, keys } = stage();
  terminal.open();
  stdin.write('\x1b[A\x1b[Bjk\x1b[5~\x1b[6~\x1b[H\x1b[F x\x03q');
  await new Promise((resolve) => setImmediate(resolve));
  terminal.close();
  const scrolling: Key[] = ['up', 'down', 'down', 'up', 'pageUp', 'pageDown', 'home', 'end'];
  expect(keys).toEqual([...scrolling, 'freeze', 'quit', 'quit']);
});

it('a signal that would end the process is a wish to quit; no listener stays behind', () => {
  const { terminal, keys } = stage();
  const before = process.listenerCount('SIGTERM');
  terminal.open();
  process.emit('SIGTERM');
  expect(keys).toEqual(['quit']);
  terminal.close();
  expect(process.listenerCount('SIGTERM')).toBe(before);
});

it('says that its size has changed', () => {
  const { stdout, terminal } = stage();
  let count = 0;
  terminal.onResize(() => count++);
  terminal.open();
  stdout.emit('resize');
  terminal.close();
  expect([count, terminal.columns, terminal.rows]).toEqual([1, 100, 3]);
});
