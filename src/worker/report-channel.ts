// What a plugin's own `reportResults` publishes through. This process has no connection to the broker: each call is a
// frame to the pool, which publishes, waits for the confirm and answers. Valid until the end of its workitem's job.
import { checkFromWorker } from '../child/check-head.ts';
import type { FromWorker } from '../child/protocol.ts';
import { type Deferred, deferred } from '../core/deferred.ts';
import { messageOf, TaskqueueError } from '../core/errors.ts';
import { formatSize } from '../core/size.ts';
import type { EncodedResult } from '../workitem/encoded-result.ts';
import type { ReportChannel } from './base-worker.ts';

type PublishFrame = Extract<FromWorker, { kind: 'publish' }>;

/** A body may be as large as the pool allows; the rest of the frame has to leave room for what the pool adds. */
const MAX_HEADERS_BYTES = 256 * 1024;

/** All calls of this process, by their number. */
export class PublishCalls {
  readonly #send: (frame: PublishFrame, body: Buffer) => boolean;
  readonly #open = new Map<number, Deferred<void>>();
  #last = 0;

  constructor(send: (frame: PublishFrame, body: Buffer) => boolean) {
    this.#send = send;
  }

  /** Resolves when the pool says that it is published, and rejects where it says that it is not. */
  publish(frame: Omit<PublishFrame, 'kind' | 'call'>, body: Buffer): Promise<void> {
    const call = ++this.#last;
    const checked = checkFromWorker({ kind: 'publish', call, ...frame }, body.length) as PublishFrame;
    const isSent = this.#send(checked, body);
    const answer = deferred<void>();
    this.#open.set(call, answer);
    if (!isSent) this.settle(call, 'the pool manager is gone');
    return answer.promise;
  }

  settle(call: number, error: string | null): void {
    const answer = this.#open.get(call);
    this.#open.delete(call);
    if (error === null) answer?.resolve();
    else answer?.reject(new TaskqueueError('UNAVAILABLE', error));
  }
}

interface JobChannel {
  readonly channel: ReportChannel;
  /** No calls from now on; resolves when the open ones are answered, so that a forgotten `await` loses nothing. */
  end(): Promise<void>;
}

interface JobChannelOptions {
  readonly job: number;
  readonly status: 'finished' | 'failed';
  readonly calls: PublishCalls;
  readonly maxMessageSize: number;
  /** The bytes of what the plugin wants to be reported; `null` where there is nobody to tell. May throw. */
  encode(result: unknown): EncodedResult | null;
}

export function openChannel({ job, status, calls, maxMessageSize, encode }: JobChannelOptions): JobChannel {
  const open: Promise<void>[] = [];
  let hasEnded = false;

  const publish = (frame: Pick<PublishFrame, 'target' | 'properties' | 'headers'>, body: Buffer): Promise<void> => {
    if (hasEnded) throw new TaskqueueError('STOPPED', 'this workitem is settled: nothing can be published for it');
    if (body.length > maxMessageSize) {
      throw new TaskqueueError(
        'USAGE',
        `${body.length} bytes are more than max_message_size (${formatSize(maxMessageSize)})`,
      );
    }
    const answer = sendable(() => calls.publish({ job, status, ...frame }, body));
    open.push(answer);
    return answer;
  };

  const channel: ReportChannel = {
    async publish(exchange, routingKey, body, { headers = {}, ...properties } = {}) {
      if (jsonLength(headers) > MAX_HEADERS_BYTES) throw new TaskqueueError('USAGE', 'the headers are too large');
      await publish({ target: { exchange, routingKey }, properties, headers }, Buffer.from(body));
    },
    async report(result) {
      const encoded = encode(result);
      if (!encoded) return;
      const { contentType, body } = encoded;
      await publish({ target: null, properties: { contentType }, headers: {} }, body);
    },
  };

  async function end(): Promise<void> {
    hasEnded = true;
    await Promise.allSettled(open); // whoever called has been told how each ended
  }

  return { channel, end };
}

/** What the pool would end this process for is the plugin's mistake, and said to it. */
function sendable<T>(attempt: () => T): T {
  try {
    return attempt();
  } catch (err) {
    throw new TaskqueueError('USAGE', `this cannot be published: ${messageOf(err)}`, { cause: err });
  }
}

function jsonLength(headers: unknown): number {
  return sendable(() => Buffer.byteLength(JSON.stringify(headers) ?? ''));
}
