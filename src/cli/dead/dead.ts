// `taskqueue dead`: what waits in `taskqueue.dead` for an operator.
import type { Command } from 'commander';
import type { Done, Io } from '../io.ts';
import { registerDelete } from './delete.ts';
import { registerList } from './list.ts';
import { registerRequeue } from './requeue.ts';
import { registerShow } from './show.ts';

export function registerDead(program: Command, io: Io, done: Done): void {
  const dead = program
    .command('dead')
    .description('look at what has been parked, send it again, or delete it')
    .addHelpText('after', HELP);
  registerList(dead, io, done);
  registerShow(dead, io, done);
  registerRequeue(dead, io, done);
  registerDelete(dead, io, done);
}

const HELP = `
A workitem that could not be worked on is parked: kept in the queue taskqueue.dead, with the reason, until somebody decides.

Examples:
  taskqueue dead list --group
  taskqueue dead show 9f3c21aa
  taskqueue dead requeue --type resize
  taskqueue dead delete --older-than 30d`;
