/** What the tests of examples/key-pair-service share: a service in a folder of its own, and how it is called. */

import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fingerprint, formatPublicKey, generateKey, type PublicKey } from '../../src/index.ts'
import { at, folder, missing } from './support.ts'

const installed = existsSync(at('examples/key-pair-service/node_modules/hono'))

/** A test of the example; its modules are loaded where they can be. */
export function example(name: string, body: (t: TestContext) => Promise<void>): void {
  test(`key-pair-service: ${name}`, async (t) => {
    if (installed) await body(t)
    else missing(t, 'npm ci in examples/key-pair-service has not run')
  })
}

const base = folder('key-pairs')
/** A new folder. */
export function place(name: string): string {
  const path = join(base, name)
  mkdirSync(path)
  return path
}

export const load = {
  signature: () => import('../../examples/key-pair-service/signature.ts'),
  serve: () => import('../../examples/key-pair-service/serve.ts'),
  command: () => import('../../examples/key-pair-service/command.ts'),
}

export type Json = Record<string, unknown>
export interface Answer {
  readonly status: number
  readonly json: Json & { readonly Code?: string; readonly Message?: string }
  readonly text: string
}

/** A service in a folder of its own, called without a network between. */
export async function service(name: string, now: () => number = Date.now) {
  const dir = place(name)
  const { openService } = await load.serve()
  const { configOf } = await import('../../examples/key-pair-service/config.ts')
  const { createHandler } = await import('../../examples/key-pair-service/handler.ts')
  const { addAccessKey } = await import('../../examples/key-pair-service/access-keys.ts')
  const { readAccessKey } = await import('../../examples/key-pair-service/secret-files.ts')
  const { addInstance } = await import('../../examples/key-pair-service/instances.ts')
  const { sign } = await load.signature()
  const opened = { ...(await openService(configOf({ regions: ['us-west-1', 'cn-qingdao'] }, dir))), now }
  const errors: unknown[] = []
  const fetch = createHandler({ ...opened, onError: (error) => errors.push(error) })
  const key = await readAccessKey(join(dir, 'access-key.json'))

  const send = async (request: Request): Promise<Answer> => {
    const response = await fetch(request)
    assert.equal(response.headers.get('cache-control'), 'no-store')
    const text = await response.text()
    const json = text.startsWith('{') ? JSON.parse(text) : {}
    if (text.startsWith('{')) assert.match(String(json.RequestId), /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/)
    return { status: response.status, json, text }
  }
  const signed = async (Action: string, given: Record<string, string> = {}, as = key, at = now()) =>
    sign('GET', new Map([['Action', Action], ...Object.entries(given)]), as, at)
  const get = (query: URLSearchParams): Promise<Answer> => send(new Request(`http://keys.example/?${query}`))
  const call = async (action: string, given: Record<string, string> = {}, as = key): Promise<Answer> =>
    get(await signed(action, given, as))
  /** An answer that is no error. */
  const ask = async (action: string, given: Record<string, string> = {}, as = key): Promise<Json> => {
    const { status, json } = await call(action, given, as)
    assert.equal(status, 200, JSON.stringify(json))
    return json
  }
  return {
    dir,
    key,
    call,
    ask,
    signed,
    get,
    send,
    errors,
    records: opened.records,
    another: async (account: string) =>
      (await addAccessKey(opened.records, opened.secret, { account }, async () => {}))!,
    instance: (id: string, account = 'main', homes = ['root']) =>
      addInstance(opened, { id, account, region: 'us-west-1', homes }),
    lines: (id: string, home = 'root'): string[] =>
      readFileSync(join(dir, 'instances', id, 'home', home, '.ssh/authorized_keys'), 'utf8')
        .split('\n')
        .slice(0, -1),
    log: (id: string, lines: string): void =>
      writeFileSync(join(dir, 'instances', id, 'sshd.log'), lines, { flag: 'a' }),
    close: () => opened.records.close(),
  }
}
export type Service = Awaited<ReturnType<typeof service>>

export async function refused(answer: Promise<Answer>, code: string, message: RegExp = /./): Promise<void> {
  const { json, status } = await answer
  assert.deepEqual(Object.keys(json), ['RequestId', 'HostId', 'Code', 'Message'])
  assert.equal(json.Code, code, json.Message)
  assert.match(json.Message ?? '', message)
  assert.ok(status >= 400 && status < 500, `${status}`)
}

/** All that is in the records, to see that a refusal has changed nothing. */
export async function everything({ records }: Service): Promise<string> {
  const tables = ['key_pairs', 'instances', 'users', 'teams', 'members', 'grants', 'holders', 'placements', 'logins']
  return JSON.stringify(await Promise.all(tables.map((table) => records.rows(`SELECT * FROM ${table}`))))
}

export const ed25519 = async (): Promise<PublicKey> => (await generateKey()).publicKey
export const importing = async (name: string) => ({
  KeyPairName: name,
  PublicKeyBody: formatPublicKey(await ed25519()),
})
export const one = (...ids: string[]) => ({ InstanceIds: JSON.stringify(ids) })
export const md5Of = (key: PublicKey): string => fingerprint(key, { hash: 'md5' }).slice(4).replaceAll(':', '')
