/** Everything long-lived starts and stops the same way. */
export interface Service {
  /** Resolves when ready; rejects where that can't be, and has then cleaned up after itself. */
  start(): Promise<void>;
  /** Resolves when really stopped. May be called at any time, also before or during `start`, and as often as one likes. */
  stop(): Promise<void>;
}
