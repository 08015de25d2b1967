// The program in a worker process: step 5 of the path. It has no connection to the broker and no password; all that it
// knows comes over fd 3 from its pool manager. An exception that nothing catches, and any signal, ends the process in
// Node's own way: a crash is an outcome, and the pool sees it. (So SIGTERM is left alone: `kill PID` restarts a worker.)
import { volunteerForOomKiller } from '../child/oom-score.ts';
import { openParentPipe, refuseInspector } from '../child/parent-pipe.ts';
import { TURNS_FD, turnsOf } from '../child/turns.ts';
import { systemClock } from '../core/clock.ts';
import { loadExports, loadModule } from '../plugin/load.ts';
import { Session } from './session.ts';

volunteerForOomKiller();
refuseInspector();

new Session({
  pipe: openParentPipe(),
  loaders: { load: loadModule, loadExports },
  clock: systemClock,
  isItsTurn: turnsOf(TURNS_FD),
  onNamed: (instance) => {
    process.title = `taskqueue: ${instance}`;
  },
  printEarly: (line) => void process.stdout.write(`${line}\n`),
  onEnd: (code) => process.exit(code),
});
