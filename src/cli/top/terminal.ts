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

export class WholeScreen implements Terminal {
  readonly #streams: TerminalStreams;
  readonly #resized = new Set<() => void>();
  readonly #pressed = new Set<(key: Key) => void>();
  #isOpen = false;

  constructor({ stdin, stdout }: TerminalStreams) {
    this.#streams = { stdin, stdout };
  }

  get columns(): number {
    return this.#streams.stdout.columns || USUAL_COLUMNS;
  }

  get rows(): number {
    return this.#streams.stdout.rows || USUAL_ROWS;
  }

  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    const { stdin, stdout } = this.#streams;
    process.once('exit', this.#onExit);
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
    if (stdin.isTTY) stdin.setRawMode(true);
    emitKeypressEvents(stdin);
    stdin.on('keypress', this.#onKeypress);
    stdin.resume();
    stdout.on('resize', this.#onResize);
    stdout.write(ENTER);
  }

  draw(lines: readonly string[]): void {
    if (!this.#isOpen) return;
    const shown = lines.slice(0, this.rows).map((line) => `${line}${TO_END_OF_LINE}`);
    this.#streams.stdout.write(`${HOME}${shown.join('\r\n')}${TO_END_OF_SCREEN}`);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const { stdin, stdout } = this.#streams;
    process.removeListener('exit', this.#onExit);
    for (const signal of SIGNALS) process.removeListener(signal, this.#onSignal);
    stdin.removeListener('keypress', this.#onKeypress);
    if (stdin.isTTY) stdin.setRawMode(false);
    stdin.pause();
    stdout.removeListener('resize', this.#onResize);
    stdout.write(LEAVE);
  }

  onKey(listener: (key: Key) => void): void {
    this.#pressed.add(listener);
  }

  onResize(listener: () => void): void {
    this.#resized.add(listener);
  }

  #press(key: Key): void {
    for (const listener of [...this.#pressed]) listener(key);
  }

  readonly #onExit = (): void => this.close();
  /** Else it would end with the screen still ours. */
  readonly #onSignal = (): void => this.#press('quit');
  readonly #onKeypress = (_text: string | undefined, pressed: Keypress): void => {
    const key = keyFor(pressed);
    if (key) this.#press(key);
  };
  readonly #onResize = (): void => {
    for (const listener of [...this.#resized]) listener();
  };
}

/** In raw mode Ctrl-C is a key like others. */
function keyFor({ name = '', ctrl }: Keypress): Key | undefined {
  return ctrl ? (name === 'c' || name === 'd' ? 'quit' : undefined) : KEYS[name];
}
