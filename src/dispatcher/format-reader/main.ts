// The program in the dispatcher's child process that runs plugins' workitem formats. It has no password and no
// connection; it gets a body at a time over fd 3, and answers with the worker type that the body names.
import { trustHead } from '../../child/check-head.ts';
import { openFrames } from '../../child/frames.ts';
import { volunteerForOomKiller } from '../../child/oom-score.ts';
import { openParentPipe, refuseInspector } from '../../child/parent-pipe.ts';
import { type FromFormatReader, PROTOCOL_VERSION, type ToFormatReader } from '../../child/protocol.ts';
import { RELEASE } from '../../core/release.ts';
import { loadModule } from '../../plugin/load.ts';
import { answering } from './answer.ts';

volunteerForOomKiller();
refuseInspector();
process.title = 'taskqueue: formats';

/** What the dispatcher sends is not bounded here: it is trusted, and has its own bounds. */
const NO_LIMIT = 2 ** 32;

let answer = answering([], loadModule);

const port = openFrames<ToFormatReader, FromFormatReader>(openParentPipe(), {
  limits: { headBytes: NO_LIMIT, bodyBytes: NO_LIMIT },
  check: trustHead<ToFormatReader>,
  onFrame: receive,
  onBroken: (error) => {
    throw error;
  },
  onClosed: () => process.exit(0),
});
port.send({ kind: 'hello', version: PROTOCOL_VERSION, release: RELEASE });

function receive(head: ToFormatReader, body: Buffer): void {
  switch (head.kind) {
    case 'setup':
      answer = answering(head.formats, loadModule);
      port.send({ kind: 'ready' });
      return;
    case 'route':
      void answer(head.job, head.format, body).then((said) => port.send(said));
      return;
    default:
      head satisfies never;
  }
}
