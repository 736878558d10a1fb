/** `harden plan`, `harden apply`, `harden undo`. */

import { runCommand } from './command.ts'

process.exitCode = await runCommand(
  process.argv.slice(2),
  (line) => console.log(line),
  (line) => console.error(line),
)
