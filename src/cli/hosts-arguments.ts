/** Arguments of the `hosts` commands. */

import { UsageError } from './arguments.ts'

/** HOST and FILE. Throws {@link UsageError}. */
export function hostAndFile(positionals: readonly string[]): [host: string, file: string] {
  const [host, file, ...more] = positionals
  if (host === undefined || host === '') throw new UsageError('HOST is missing')
  if (file === undefined) throw new UsageError('FILE is missing')
  if (more.length > 0) throw new UsageError(`HOST and FILE expected, ${positionals.length} arguments given`)
  return [host, file]
}
