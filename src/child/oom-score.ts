// When memory runs out, a process that works for a plugin shall die before the daemon that it works for: that costs one
// workitem instead of all. Anybody may raise the score of his own process; what it starts inherits it.
import { writeFileSync } from 'node:fs';

export const OOM_SCORE = 500;

/** False where there is no such file to write to: in a sandbox, say. Then the kernel chooses as it likes. */
export function volunteerForOomKiller(path = '/proc/self/oom_score_adj'): boolean {
  try {
    writeFileSync(path, String(OOM_SCORE));
    return true;
  } catch {
    return false;
  }
}
