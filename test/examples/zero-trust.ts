/** What the tests of examples/zero-trust share: its entries as one module each, and workerd. */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { at, folder, missing, programs, type Running, startProgram, until } from './support.ts'

const installed = existsSync(at('examples/zero-trust/node_modules/aws4fetch'))

/** Whether `npm ci` has run in the example. */
export function ready(t: TestContext): boolean {
  if (!installed) missing(t, 'npm ci in examples/zero-trust has not run')
  return installed
}

/** The text of a file of the example. */
export const textOf = (path: string): string => readFileSync(at(`examples/zero-trust/${path}`), 'utf8')

/** An entry, the authority and the library in one module: from the sources, since the example imports a package. */
export const { bundle } = (await import(new URL('../../examples/zero-trust/build.mjs', import.meta.url).href)) as {
  bundle(entry: string): Promise<string>
}

/** A program that serves. */
export interface Serving {
  readonly server: Running
  readonly url: string
}

/** Waits until it prints its port. Where it does not, it is ended, and what it printed is in the error. */
export async function servingAt(name: string, server: Running, said: RegExp): Promise<Serving> {
  try {
    const port = await until(`${name} to listen`, () => {
      if (server.end() !== undefined) throw new Error(`${name} ended with ${server.end()}`)
      return said.exec(server.log())?.[1]
    })
    return { server, url: `http://127.0.0.1:${port}` }
  } catch (error) {
    await server.stop()
    throw new Error(`${error}:\n${server.log()}`)
  }
}

/** The example's own configuration, but for its port and for where the worker and its objects lie. */
export function workerdConfig(objects: string): string {
  return textOf('workerd.capnp')
    .replace('127.0.0.1:8787', '127.0.0.1:0')
    .replaceAll('dist/worker.js', 'worker.js')
    .replace('/var/lib/hawser-authority', objects)
}

export function serveWorkerd(config: string, env: Readonly<Record<string, string>>): Promise<Serving> {
  const server = startProgram(programs.workerd, ['serve', '--control-fd=1', config], { env })
  return servingAt('workerd', server, /"port":\s*(\d+)/)
}

/** A file in a new folder. */
export const newFile = (of: string, name: string): string => join(folder(of), name)
