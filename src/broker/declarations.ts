// Exchanges, queues and bindings as data, for an adaptor to carry out.

export interface QueueDeclaration {
  readonly queue: string;
  readonly arguments: Readonly<Record<string, string | number>>;
}

export interface ExchangeDeclaration {
  readonly exchange: string;
  readonly type: 'topic' | 'fanout' | 'direct';
  readonly arguments: Readonly<Record<string, string>>;
}

export interface Binding {
  readonly source: string;
  /** Routing key, or the pattern of a topic exchange. */
  readonly pattern: string;
  readonly destination: { readonly queue: string } | { readonly exchange: string };
}

/** All of them durable. Carried out in this order: exchanges, queues, bindings. */
export interface Declarations {
  readonly exchanges: readonly ExchangeDeclaration[];
  readonly queues: readonly QueueDeclaration[];
  readonly bindings: readonly Binding[];
}

export const NOTHING: Declarations = { exchanges: [], queues: [], bindings: [] };

export function together(...all: readonly Declarations[]): Declarations {
  return {
    exchanges: all.flatMap((one) => one.exchanges),
    queues: all.flatMap((one) => one.queues),
    bindings: all.flatMap((one) => one.bindings),
  };
}
