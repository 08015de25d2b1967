// How large control messages, and what is in them, may be: for those who make them and for those who check them.

export const LIMITS = {
  /** Bytes of a question or an order. */
  requestBytes: 64 * 1024,
  /** Bytes of an answer – the status of a pool with thousands of instances – or of a batch of events. */
  newsBytes: 4 * 1024 * 1024,
  /** Characters of each text. */
  text: 1024,
  /** Characters of an operation, and of what is to be cancelled: no `message_id` has more. */
  id: 255,
  /** Characters of the reason for an order: daemons keep tens of thousands of them. */
  reason: 256,
  /** Entries of each list. */
  groups: 1_000,
  instances: 2_000,
  jobs: 1_000,
  pauses: 1_000,
  queues: 1_000,
  whereabouts: 100,
  events: 1_000,
} as const;
