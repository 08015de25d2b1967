// What `Client.connect` may be told. Types only, and apart from what is made of them: whoever reads the types of the client
// need not have those of the AMQP library.
import type { Logger } from '../core/logger.ts';
import type { Period } from './period.ts';

/** Where the broker is, in the words of `[amqp]` in config.ini, and how the client shall behave. */
export interface ConnectOptions {
  /** `host`, `host:port` or `[ipv6]:port`; several, comma-separated, are tried in turn. */
  readonly host?: string;
  /** Of the hosts that name none; 5672, or 5671 with tls. */
  readonly port?: number;
  readonly user?: string;
  readonly passwd?: string;
  readonly vhost?: string;
  readonly tls?: boolean;
  /** Paths of PEM files; with tls. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Seconds; 10 if left out, 0 for none. */
  readonly heartbeat?: number;
  /** Of queues that the client makes, where not the vhost's default. */
  readonly queueType?: 'classic' | 'quorum';
  /** How long `connect` may take; 10 s if left out. */
  readonly connectTimeout?: Period;
  /** Goes on trying for that time, instead of failing as soon as no host lets it in. */
  readonly keepTrying?: boolean;
  /** How long the broker may take to confirm a workitem, times without connection included; 30 s if left out. */
  readonly confirmTimeout?: Period;
  /** How long a call waits for its result; 60 s if left out. */
  readonly callTimeout?: Period;
  /** Bytes, or a text such as `64K`: larger bodies are refused. As `max_message_size` of the daemons: 12M. */
  readonly maxMessageSize?: number | string;
  /** Whether to hear how tasks are doing; if not, status and progress are only known from the result. */
  readonly events?: boolean;
  /** How the broker lists the connections. */
  readonly name?: string;
  readonly logger?: Logger;
}

export interface ClientLimits {
  readonly confirmWithinMs: number;
  readonly callWithinMs: number;
  readonly maxMessageSize: number;
}
