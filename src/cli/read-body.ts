// The body of a workitem from a file, or from whatever is piped in; never more of it than may be published.
import { createReadStream } from 'node:fs';
import { codeOf, messageOf, TaskqueueError } from '../core/errors.ts';
import { formatSize } from '../core/size.ts';
import type { Io } from './io.ts';
import type { BodySource } from './send-request.ts';
import { usage } from './usage.ts';

/** @throws TaskqueueError `USAGE` or `PERMISSION` */
export async function readBody(source: BodySource, maxBytes: number, io: Io): Promise<Buffer> {
  switch (source.kind) {
    case 'text':
      return bounded(Buffer.from(source.text), maxBytes);
    case 'stdin':
      return collect(io.stdin, maxBytes);
    case 'file':
      return readFile(source.path, maxBytes);
    default:
      return source satisfies never;
  }
}

async function readFile(path: string, maxBytes: number): Promise<Buffer> {
  try {
    return await collect(createReadStream(path), maxBytes);
  } catch (err) {
    if (err instanceof TaskqueueError) throw err;
    const code = codeOf(err) === 'EACCES' ? 'PERMISSION' : 'USAGE';
    throw new TaskqueueError(code, `--file ${path} cannot be read: ${whyNot(err)}`, { cause: err });
  }
}

function whyNot(err: unknown): string {
  if (codeOf(err) === 'ENOENT') return 'there is no such file';
  return codeOf(err) === 'EISDIR' ? 'it is a directory' : messageOf(err);
}

async function collect(stream: AsyncIterable<Buffer | string>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    chunks.push(bytes);
    length += bytes.length;
    if (length > maxBytes) break;
  }
  return bounded(Buffer.concat(chunks), maxBytes);
}

function bounded(body: Buffer, maxBytes: number): Buffer {
  if (body.length <= maxBytes) return body;
  throw usage(`the body is larger than ${formatSize(maxBytes)}: see max_message_size in [taskqueue]`);
}
