// What the dispatcher is measured against: the shortest loop over amqplib that gives the same guarantees. Each message is
// published persistent and mandatory, under a name by which a returned one is known, and acknowledged only when it is confirmed.
//   relay-loop.mjs URL FROM TO [bare]
// `bare` adds nothing else; otherwise each message gets what the dispatcher has to give it: an id, its life and two times.
import { randomUUID } from 'node:crypto';
import { connect } from 'amqplib';

const PREFETCH = 500; // the dispatcher's

const [url = '', from = '', to = '', what] = process.argv.slice(2);
const isBare = what === 'bare';
const consuming = await (await connect(url)).createChannel();
const publishing = await (await connect(url)).createConfirmChannel();

/** @type {Set<string>} */
const returned = new Set();
publishing.on('return', (message) => returned.add(message.properties.headers?.name));

/** Confirmed, but with an older one before it that is not. @type {Set<number>} */
const confirmed = new Set();
let oldest = 1;
let isAckDue = false;

await consuming.prefetch(PREFETCH);
await consuming.consume(from, (message) => {
  if (message === null) return process.exit(1);
  const tag = message.fields.deliveryTag;
  const name = String(tag);
  const { headers, ...properties } = message.properties;
  const options = { ...properties, headers: { ...headers, name }, deliveryMode: 2, mandatory: true };
  if (!isBare) addLife(options);
  publishing.publish('', to, message.content, options, (err) => {
    if (err || returned.delete(name)) return consuming.nack(message);
    confirmed.add(tag);
    if (isAckDue) return;
    isAckDue = true;
    setImmediate(ack);
  });
});
console.log('consuming');

/** @param {import('amqplib').Options.Publish} options */
function addLife(options) {
  const now = Date.now();
  options.messageId = randomUUID();
  Object.assign(options.headers, { 'tq-run': randomUUID(), 'tq-accepted': now, 'tq-queued': now });
}

/** All that is confirmed without a gap, with one frame. */
function ack() {
  isAckDue = false;
  let upTo = 0;
  while (confirmed.delete(oldest)) upTo = oldest++;
  if (upTo > 0) consuming.ack(/** @type {any} */ ({ fields: { deliveryTag: upTo } }), true);
}
