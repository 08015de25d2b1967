// What both adaptors of the broker port must keep: run by `amqp.test.ts` against a real RabbitMQ and by
// `memory.test.ts` in process. Everything goes through the port; only what other programs do to a broker (delete a
// queue) comes from the setup. Waiting means waiting for a message: an absence is proved by what comes after it.
import { afterAll, beforeAll, describe } from 'vitest';
import { Bench, type ContractServer } from './bench.ts';
import { consumerContract } from './consumer.contract.ts';
import { declareContract } from './declare.contract.ts';
import { deliveryContract } from './delivery.contract.ts';
import { lifeContract } from './life.contract.ts';
import { messageContract } from './message.contract.ts';
import { publishContract } from './publish.contract.ts';
import { streamContract } from './stream.contract.ts';

/** Slow machines are no failures; what is lost shows up as a timeout. */
const PATIENCE = { timeout: 20_000 };

export function brokerContract(name: string, setup: () => Promise<ContractServer>): void {
  describe(`the broker port, kept by ${name}`, PATIENCE, () => {
    const bench = new Bench();
    beforeAll(async () => bench.open(await setup()), 60_000);
    afterAll(() => bench.close(), 30_000);

    publishContract(bench);
    messageContract(bench);
    deliveryContract(bench);
    consumerContract(bench);
    declareContract(bench);
    lifeContract(bench);
    streamContract(bench);
  });
}
