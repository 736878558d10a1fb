/** The configuration of a service, a JSON file: paths are relative to it, and what is misspelt is refused. */

import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { SetupError } from './setup-error.ts'

export type Json = Readonly<Record<string, unknown>>

/** What the file says, and the folder it lies in. Throws `SetupError`. */
export async function readConfiguration(path: string): Promise<readonly [value: unknown, folder: string]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new SetupError(`${path}: ${error.code}`)
  })
  try {
    return [JSON.parse(text), dirname(resolve(path))]
  } catch {
    throw new SetupError(`${path}: JSON expected`)
  }
}

/** An object, with no other members than these where they are given. */
export function object(value: unknown, where: string, known?: readonly string[]): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SetupError(`${where}: an object expected`)
  }
  for (const name of Object.keys(value)) {
    if (known !== undefined && !known.includes(name)) throw new SetupError(`${where}: unknown: ${name}`)
  }
  return value as Json
}

/** Text that is not empty. */
export function string(value: unknown, where: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw new SetupError(`${where}: text expected`)
}
