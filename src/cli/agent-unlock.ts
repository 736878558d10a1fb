/** `hawser agent unlock`: makes a locked agent's keys usable again. */

import { runLock } from './agent-lock.ts'

/** Runs the command; resolves to the exit code. */
export function run(args: readonly string[]): Promise<number> {
  return runLock('unlock', args)
}
