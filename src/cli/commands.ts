// The commands that people type, as against those of the two daemons.
import type { Command } from 'commander';
import { registerCheck } from './check.ts';
import { registerDead } from './dead/dead.ts';
import { registerDemo } from './demo.ts';
import type { Done, Io } from './io.ts';
import { registerCancel, registerPause, registerResume } from './orders.ts';
import { registerPlugin } from './plugin/plugin.ts';
import { registerPlugins } from './plugins.ts';
import { registerSend } from './send.ts';
import { registerStatus } from './status/status.ts';
import { registerTop } from './top/top.ts';
import { registerWhy } from './why/why.ts';

export function registerCommands(program: Command, io: Io, done: Done): void {
  registerSend(program, io, done);
  registerStatus(program, io, done);
  registerTop(program, io, done);
  registerWhy(program, io, done);
  registerPause(program, io, done);
  registerResume(program, io, done);
  registerCancel(program, io, done);
  registerDead(program, io, done);
  registerCheck(program, io, done);
  registerPlugins(program, io, done);
  registerPlugin(program, io, done);
  registerDemo(program, io, done);
}
