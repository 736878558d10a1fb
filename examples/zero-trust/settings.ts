/**
 * What a process starts with: its environment, where `NAME_FILE` names a file that holds the value of `NAME`. All that is
 * missing is named at once.
 */

import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import process from 'node:process'
import type { Authority } from 'hawser/ca'
import { SshError } from 'hawser/errors'
import { SetupError } from '../lab/setup-error.ts'
import { makeAuthority, missingSettings, type Parts, type Settings } from './authority.ts'
import { readBlocked } from './blocked.ts'

/** An authority, and what it is served with. */
export interface Setup {
  readonly authority: Authority
  readonly settings: Settings
  /** Certificate and key as PEM; only Node serves TLS. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined
}

const keys = ['AUTHORITY_KEY', 'HOST_AUTHORITY_KEY'] as const

/** Makes the authority of a process, whose `blocked.json` is a file that `admin.ts` replaces. Throws `SetupError`. */
export async function setUp(environment: Settings, more: Partial<Parts> = {}): Promise<Setup> {
  const settings: Record<string, string | undefined> = { ...environment }
  const wrong: string[] = []
  const read = (name: string, check?: (text: string) => void): string | undefined => {
    const path = settings[name]
    if (!path) return undefined
    try {
      const text = readFileSync(path, 'utf8')
      check?.(text)
      return text
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      wrong.push(`${name}: ${path}: ${code ?? message}`)
      return undefined
    }
  }
  for (const name of keys) if (settings[`${name}_FILE`]) settings[name] = read(`${name}_FILE`)
  const [cert, key] = [read('TLS_CERT_FILE'), read('TLS_KEY_FILE')]
  read('BLOCKED_FILE', readBlocked)
  const { BLOCKED_FILE: list = '', TLS_CERT_FILE, TLS_KEY_FILE } = settings
  const parts = { blocked: () => readFile(list, 'utf8'), ...more }
  const missing = missingSettings(settings, parts).filter((name) => !settings[`${name}_FILE`])
  if (list === '') missing.push('BLOCKED_FILE')
  // One alone would be served in plain, without a word.
  if (TLS_CERT_FILE && !TLS_KEY_FILE) missing.push('TLS_KEY_FILE')
  if (TLS_KEY_FILE && !TLS_CERT_FILE) missing.push('TLS_CERT_FILE')
  if (missing.length > 0) wrong.unshift(`missing: ${missing.join(', ')}`)
  if (wrong.length > 0) throw new SetupError(wrong.join('; '))
  try {
    const authority = await makeAuthority(settings, parts)
    return { authority, settings, tls: cert && key ? { cert, key } : undefined }
  } catch (error) {
    // So the library says that an option or a key is not what it should be.
    if (!(error instanceof TypeError || error instanceof SshError)) throw error
    throw new SetupError(error.message, { cause: error })
  }
}

/** Runs an entry. What is wrong with what it starts with is said in one line: exit code 2. */
export async function run(entry: () => Promise<void>): Promise<void> {
  try {
    await entry()
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    console.error(`authority: ${error.message}`)
    process.exitCode = 2
  }
}
