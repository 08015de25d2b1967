// The whole screen of a terminal, for as long as a command has it: what was there before comes back when it is closed.

import { emitKeypressEvents, type Key as Keypress } from 'node:readline';

export type Key = 'up' | 'down' | 'pageUp' | 'pageDown' | 'home' | 'end' | 'quit' | 'freeze';

export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  open(): void;
  /** From the top line on: as many as there is room for, none wider than `columns`. */
  draw(lines: readonly string[]): void;
  /** Legal at any time, more than once. */
  close(): void;
  onKey(listener: (key: Key) => void): void;
  onResize(listener: () => void): void;
}

/** What it is made of; `process` has it. */
export interface TerminalStreams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
}

const ESC = '\x1b';
const ENTER = `${ESC}[?1049h${ESC}[?25l`;
const LEAVE = `${ESC}[?25h${ESC}[?1049l`;
const HOME = `${ESC}[H`;
const TO_END_OF_LINE = `${ESC}[K`;
const TO_END_OF_SCREEN = `${ESC}[J`;

/** By the names that Node gives keys. */
const KEYS: Readonly<Record<string, Key>> = {
  q: 'quit',
  escape: 'quit',
  space: 'freeze',
  up: 'up',
  k: 'up',
  down: 'down',
  j: 'down',
  pageup: 'pageUp',
  pagedown: 'pageDown',
  home: 'home',
  end: 'end',
};

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const USUAL_COLUMNS = 80;
const USUAL_ROWS = 24;

export function createTerminal({ stdin, stdout }: TerminalStreams): Terminal {
  let isOpen = false;
  const resized = new Set<() => void>();
  const pressed = new Set<(key: Key) => void>();
  const press = (key: Key): void => {
    for (const listener of [...pressed]) listener(key);
  };
  const onSignal = (): void => press('quit'); // else it would end with the screen still ours
  const onKeypress = (_text: string | undefined, pressedKey: Keypress): void => {
    const key = keyFor(pressedKey);
    if (key) press(key);
  };
  const onResize = (): void => {
    for (const listener of [...resized]) listener();
  };
  const terminal: Terminal = {
    get columns() {
      return stdout.columns || USUAL_COLUMNS;
    },
    get rows() {
      return stdout.rows || USUAL_ROWS;
    },
    open() {
      if (isOpen) return;
      isOpen = true;
      process.once('exit', terminal.close);
      for (const signal of SIGNALS) process.on(signal, onSignal);
      if (stdin.isTTY) stdin.setRawMode(true);
      emitKeypressEvents(stdin);
      stdin.on('keypress', onKeypress);
      stdin.resume();
      stdout.on('resize', onResize);
      stdout.write(ENTER);
    },
    draw(lines) {
      if (!isOpen) return;
      const shown = lines.slice(0, terminal.rows).map((line) => `${line}${TO_END_OF_LINE}`);
      stdout.write(`${HOME}${shown.join('\r\n')}${TO_END_OF_SCREEN}`);
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      process.removeListener('exit', terminal.close);
      for (const signal of SIGNALS) process.removeListener(signal, onSignal);
      stdin.removeListener('keypress', onKeypress);
      if (stdin.isTTY) stdin.setRawMode(false);
      stdin.pause();
      stdout.removeListener('resize', onResize);
      stdout.write(LEAVE);
    },
    onKey: (listener) => void pressed.add(listener),
    onResize: (listener) => void resized.add(listener),
  };
  return terminal;
}

/** In raw mode Ctrl-C is a key like others. */
function keyFor({ name = '', ctrl }: Keypress): Key | undefined {
  return ctrl ? (name === 'c' || name === 'd' ? 'quit' : undefined) : KEYS[name];
}
