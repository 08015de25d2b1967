// What commands see of the outside world: passed in, so that tests can look at what a command says.
import type { Broker } from '../broker/broker.ts';
import type { AmqpConfig } from '../config/config.ts';
import type { Terminal } from './top/terminal.ts';

export interface Io {
  /** To stdout. */
  out(text: string): void;
  /** To stdout, byte for byte. */
  outBytes(bytes: Buffer): void;
  /** How many columns the terminal has that stdout goes to; `null` where it goes elsewhere. */
  readonly columns: number | null;
  /** The whole screen, where stdin and stdout are a terminal; else `null`. */
  readonly terminal: Terminal | null;
  /** To stderr. */
  err(text: string): void;
  /** As `columns`, of stderr. */
  readonly errColumns: number | null;
  readonly stdin: AsyncIterable<Buffer | string>;
  /** Then nobody has piped anything in, and reading would wait for a person to type. */
  readonly isStdinTerminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether this process may start others as other users: then the configuration must be root's. */
  readonly canSwitchUsers: boolean;
  openBroker(amqp: AmqpConfig): Promise<Broker>;
}

/** Called by a command's action with its exit code. */
export type Done = (exitCode: number) => void;
