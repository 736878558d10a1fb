/** Settings of a process: its environment, where `NAME_FILE` names a file that holds the value of `NAME`. */

import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Parts, Settings } from './authority.ts'

export function readSettings(environment: Settings): Settings {
  const settings: Record<string, string | undefined> = { ...environment }
  for (const [name, path] of Object.entries(environment)) {
    if (/^(HOST_)?AUTHORITY_KEY_FILE$/.test(name) && path)
      settings[name.slice(0, -'_FILE'.length)] = readFileSync(path, 'utf8')
  }
  return settings
}

/** `blocked.json` as a file, read each time: `admin.ts` replaces it as a whole. */
export function fileParts(settings: Settings): Parts {
  const path = settings.BLOCKED_FILE
  if (!path) throw new TypeError('BLOCKED_FILE: a setting expected')
  return { blocked: () => readFile(path, 'utf8') }
}
