// Collects deliveries, for a test to wait for.
import type { Delivery } from '../../src/broker/broker.ts';

export class Inbox {
  /** Called with each delivery as it comes. */
  onPut: (delivery: Delivery) => void = () => undefined;
  readonly #deliveries: Delivery[] = [];
  #arrived: () => void = () => undefined;

  /** How many have come that nobody took. */
  get size(): number {
    return this.#deliveries.length;
  }

  put(delivery: Delivery): void {
    this.onPut(delivery);
    this.#deliveries.push(delivery);
    this.#arrived();
  }

  /** The next `count` deliveries, once they are there. */
  async take(count: number): Promise<Delivery[]> {
    while (this.#deliveries.length < count) {
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
    return this.#deliveries.splice(0, count);
  }
}
