import { expect, it } from 'vitest';
import { toQueue } from '../../../src/handling/to-queue.ts';
import { message } from '../../support/fake-tools.ts';

it.each([
  ['mine', true],
  ['amq.rabbitmq.reply-to', true], // that is the name by which one asks for an address, and none
  ['amq.rabbitmq.reply-to.g1h2.abc', false],
])('what goes to %s must arrive in a queue: %s', (queue, mandatory) => {
  expect(toQueue(message(), queue)).toMatchObject({ exchange: '', routingKey: queue, mandatory });
});
