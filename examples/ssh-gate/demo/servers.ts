/** The service, as a program that runs on. */

import { fileURLToPath } from 'node:url'
import { said } from '../../lab/namespaces.ts'
import type { Site } from './machines.ts'

export const program: string = fileURLToPath(new URL('../main.mjs', import.meta.url))

/** Starts the service; gives its URL. */
export async function startService(site: Site, config: string): Promise<string> {
  const running = site.start('office', process.execPath, [program, 'serve', config])
  return (await said(running, /listening on (http:\S+)/))[1]!
}
