/**
 * examples/zero-trust without servers of SSH: the same authority asked the same in Node, Deno, Bun and workerd, its
 * stores, and what it is deployed with.
 */

import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type * as Handler from '../../examples/zero-trust/deploy/azure/handler.ts'
import { azureTableStore, sweepAzureTable, type Table } from '../../examples/zero-trust/stores/azure-table.ts'
import { memoryStore, signStatement } from '../../src/ca/index.ts'
import { verifyCertificateSignature } from '../../src/cert/index.ts'
import { formatPrivateKey, formatPublicKey, generateKey, parseCertificate } from '../../src/index.ts'
import { allTypes } from '../../src/keys/index.ts'
import { parseKrl } from '../../src/krl/index.ts'
import { awsAlias, heldKey, startKms } from '../support/kms-server.ts'
import { tellSemantics } from './store-semantics.ts'
import { at, folder, missing, programFor, programs, type Running, startProgram, until } from './support.ts'

const installed = existsSync(at('examples/zero-trust/node_modules/aws4fetch'))
/** Whether `npm ci` has run in the example. */
function ready(t: TestContext): boolean {
  if (!installed) missing(t, 'npm ci in examples/zero-trust has not run')
  return installed
}

const { bundle } = (await import(new URL('../../examples/zero-trust/build.mjs', import.meta.url).href)) as {
  bundle(entry: string): Promise<string>
}

/** What stands in for the identity provider: its keys over HTTP, and tokens. */
const { privateKey, publicKey } = await generateKeyPair('ES256')
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }] }
const provider = createServer((_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(jwks))
})
await new Promise<void>((done) => provider.listen(0, '127.0.0.1', done))
provider.unref()
after(() => provider.close())
const issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`

/** What statements are made out to, wherever it is served. */
const BASE = 'https://ca.corp.example/ssh'
const now = (): number => Math.floor(Date.now() / 1000)

interface Claims {
  readonly sub: string
  readonly groups?: readonly string[]
  readonly aud?: string
  readonly exp?: number
  readonly iss?: string
  readonly host?: boolean
}

function makeToken({
  sub,
  groups = ['ops'],
  aud = 'hawser',
  exp = now() + 300,
  iss = issuer,
  host,
}: Claims): Promise<string> {
  const person = { email: `${sub}@corp.example`, email_verified: true, groups: [...groups] }
  return new SignJWT(host ? { client_id: sub } : person)
    .setProtectedHeader({ alg: 'ES256', kid: 'one', ...(host && { typ: 'at+jwt' }) })
    .setIssuer(iss)
    .setSubject(sub)
    .setAudience(aud)
    .setIssuedAt()
    .setExpirationTime(exp)
    .sign(privateKey)
}

const blocked = { version: 7, disabled: ['bob@corp.example'], serials: ['42'] }
const dir = folder('zero-trust')
const [userKey, hostKey] = [await generateKey('ed25519'), await generateKey('ecdsa-p256')]
const path = (name: string, content: string): string => {
  writeFileSync(join(dir, name), content, { mode: 0o600 })
  return join(dir, name)
}
const pkcs8 = await formatPrivateKey(userKey, { format: 'pkcs8' })
const texts = {
  AUTHORITY_KEY: await formatPrivateKey(userKey),
  HOST_AUTHORITY_KEY: await formatPrivateKey(hostKey, { format: 'pkcs8' }),
  BLOCKED: JSON.stringify(blocked),
}
const settings = {
  AUTHORITY_URL: BASE,
  ISSUER: issuer,
  JWKS_URL: `${issuer}/jwks`,
  CLIENT_ID: 'hawser',
  DOMAIN: 'corp.example',
  HOSTS: 'web db',
  ACCOUNT: 'deploy',
  GATE_ACCOUNT: 'gate',
  GATES: '192.0.2.1',
  PORT: '0',
}
const files = {
  AUTHORITY_KEY_FILE: path('user_ca', texts.AUTHORITY_KEY),
  HOST_AUTHORITY_KEY_FILE: path('host_ca', texts.HOST_AUTHORITY_KEY),
  BLOCKED_FILE: path('blocked.json', texts.BLOCKED),
}

type Name = 'node' | 'deno' | 'bun' | 'workerd' | 'workerd with a CryptoKey' | 'deno deploy'

async function serveWorkerd(config: string, env: Readonly<Record<string, string>>) {
  const server = startProgram(programs.workerd, ['serve', '--control-fd=1', config], { env })
  const port = await until('workerd to listen', () => /"port":\s*(\d+)/.exec(server.log())?.[1])
  return { server, url: `http://127.0.0.1:${port}` }
}

/** The configuration with the two lines that stand in it as a comment, in place of the key as text. */
function withCryptoKey(config: string, dir: string): string {
  writeFileSync(join(dir, 'user_ca.pem'), pkcs8, { mode: 0o600 })
  writeFileSync(join(dir, 'user_ca.pub'), formatPublicKey(userKey.publicKey))
  const text = '    (name = "AUTHORITY_KEY", fromEnvironment = "AUTHORITY_KEY"),\n'
  assert.ok(config.includes(text))
  return config.replace(text, '').replaceAll('    # (name', '    (name')
}

async function serve(name: Name): Promise<{ readonly server: Running; readonly url: string }> {
  const worker = name.startsWith('workerd')
  const source: Readonly<Record<string, string>> = {
    'deno deploy': 'deploy/deno/main.ts',
    node: 'node.ts',
    deno: 'deno.ts',
    bun: 'bun.ts',
  }
  const entry = join(folder('authority'), worker ? 'worker.js' : 'entry.mjs')
  writeFileSync(entry, await bundle(source[name] ?? 'worker.ts'))
  if (worker) {
    // The example's own configuration, but for its port, and that the keys of the provider are on this machine.
    const config = join(dirname(entry), 'workerd.capnp')
    const whole = readFileSync(at('examples/zero-trust/workerd.capnp'), 'utf8')
    const here = (name === 'workerd' ? whole : withCryptoKey(whole, dirname(entry)))
      .replace('127.0.0.1:8787', '127.0.0.1:0')
      .replaceAll('dist/worker.js', 'worker.js')
      .replace('allow = ["public"]', 'allow = ["local"]')
      .replace('/var/lib/hawser-authority', folder('authority-objects'))
    writeFileSync(config, here)
    const env = { ...settings, ...texts, CLIENT_ADDRESS_HEADER: 'cf-connecting-ip' }
    if (name !== 'workerd') env.AUTHORITY_KEY = ''
    const { server, url } = await serveWorkerd(config, env)
    return { server, url: `${url}/ssh` }
  }
  const allowed = ['--no-prompt', '--allow-net=127.0.0.1,0.0.0.0', '--allow-env', '--allow-read', '--allow-write']
  const env: Record<string, string> = { ...settings, ...files }
  if (name === 'deno deploy') {
    Object.assign(env, texts, { KV_PATH: join(dirname(entry), 'kv.sqlite') })
    const block = join(dirname(entry), 'block.mjs')
    writeFileSync(block, await bundle('deploy/deno/block.ts'))
    const ran = startProgram(programs.deno, ['run', '--unstable-kv', ...allowed, block, files.BLOCKED_FILE], { env })
    await until('blocked.json to be put', () => ran.child.exitCode ?? undefined)
    assert.equal(ran.child.exitCode, 0, ran.log())
  }
  const commands: Partial<Record<Name, readonly [string, readonly string[]]>> = {
    node: [process.execPath, [entry]],
    deno: [programs.deno, ['run', ...allowed, entry]],
    'deno deploy': [programs.deno, ['run', '--unstable-kv', ...allowed, entry]],
    bun: [programs.bun, [entry]],
  }
  const [program, args] = commands[name]!
  const server = startProgram(program, args, { env })
  const port = await until(`${name} to listen`, () => {
    if (server.child.exitCode !== null) throw new Error(server.log())
    return /listening on (\d+)/.exec(server.log())?.[1]
  })
  return { server, url: `http://127.0.0.1:${port}/ssh` }
}

interface Out {
  readonly kind?: 'user' | 'host'
  readonly token?: string
  readonly hosts?: readonly string[]
  readonly accounts?: readonly string[]
  readonly lifetime?: number
  readonly url?: string
  readonly body?: string
  readonly headers?: Record<string, string>
}

/** The same questions for each of them; gives what must be the same. */
async function conformance(ask: (path: string, init?: RequestInit) => Promise<Response>): Promise<unknown[]> {
  const seen: unknown[] = []
  // Cloudflare's own header, and what Azure's front end adds at the right end of what a caller wrote.
  const from = { 'cf-connecting-ip': '127.0.0.1', 'x-forwarded-for': '203.0.113.9, 127.0.0.1:50123' }
  const get = async (name: string): Promise<Response> => {
    const answer = await ask(name)
    seen.push([name, answer.status, answer.headers.get('content-type')])
    return answer
  }
  const body = async ({ kind = 'user', token = '', hosts, accounts, lifetime, url: to }: Out): Promise<string> => {
    const key = await generateKey()
    const ask = { kind, hosts, accounts, lifetime }
    return JSON.stringify(await signStatement(key, ask, { url: to ?? `${BASE}/v1/${kind}`, token, time: now() }))
  }
  const post = async (out: Out): Promise<Record<string, unknown>> => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${out.token ?? ''}`, ...from }
    const answer = await ask(`/v1/${out.kind ?? 'user'}`, {
      method: 'POST',
      headers: { ...headers, ...out.headers },
      body: out.body ?? (await body(out)),
    })
    const json = (await answer.json()) as { error?: object }
    seen.push([answer.status, json.error])
    return json as Record<string, unknown>
  }

  const health = (await (await get('/v1/health')).json()) as { status: string; replayAndRates: string }
  assert.equal(health.status, 'ok')
  assert.equal(
    await (await get('/v1/authority')).text(),
    `${formatPublicKey({ ...userKey.publicKey, comment: '' }).trim()}\n`,
  )
  assert.match(
    await (await get('/v1/known-hosts')).text(),
    /^@cert-authority \*\.corp\.example ecdsa-sha2-nistp256 \S+\n$/,
  )
  const krl = parseKrl(new Uint8Array(await (await get('/v1/krl')).arrayBuffer()), { types: allTypes })
  assert.equal(krl.version, 7n)
  seen.push(await (await get('/v1/login')).text())
  await get('/v1/nothing')
  await get('/v1/user')

  const alice = await makeToken({ sub: 'alice' })
  const issued = await post({ token: alice })
  const certificate = parseCertificate(String(issued.certificate))
  assert.deepEqual(certificate.principals, ['gate@edge', 'deploy@web', 'deploy@db'])
  seen.push(
    certificate.principals,
    certificate.criticalOptions.length,
    certificate.keyId.replace(/ at .*? from /, ' from ').replace(/\d+$/, ''),
  )
  assert.match(certificate.keyId, /^alice@corp\.example by oidc at \S+ from 127\.0\.0\.1 serial /)
  assert.deepEqual(issued.principals, certificate.principals)

  const once = await body({ token: alice })
  assert.ok((await post({ token: alice, body: once })).certificate)
  await post({ token: alice, body: once })
  await post({ token: alice, url: `${BASE}/v1/other` })
  await post({ token: alice, hosts: ['web'], accounts: ['root'] })
  await post({ token: alice, lifetime: 999_999 })
  await post({ token: alice, body: '{}' })
  await post({ token: alice, body: 'x'.repeat(70_000) })
  await post({ token: alice, headers: { 'content-type': 'text/plain' } })
  await post({ token: 'no.to.ken' })
  await post({ token: await makeToken({ sub: 'alice', exp: now() - 120 }) })
  await post({ token: await makeToken({ sub: 'alice', aud: 'other' }) })
  await post({ token: await makeToken({ sub: 'alice', iss: 'https://other.example' }) })
  await post({ token: await makeToken({ sub: 'bob' }) })
  await post({ token: await makeToken({ sub: 'carol', groups: ['dba'] }), hosts: ['web'] })
  await post({ token: await makeToken({ sub: 'eve', groups: [] }) })
  await post({ token: alice, kind: 'host', hosts: ['web.corp.example'] })
  const host = await makeToken({ sub: 'host-web', aud: BASE, host: true })
  assert.ok((await post({ token: host, kind: 'host', hosts: ['web.corp.example'] })).certificate)
  await post({ token: host, kind: 'host', hosts: ['db.corp.example'] })
  await post({ token: host })
  return seen
}

const expected = [
  [200, undefined],
  [200, undefined],
  [409, 'replayed'],
  [400, 'bad-proof'],
  [403, 'forbidden'],
  [403, 'forbidden'],
  [400, 'bad-request'],
  [413, 'too-large'],
  [400, 'bad-request'],
  [401, 'unauthenticated'],
  [401, 'unauthenticated'],
  [401, 'unauthenticated'],
  [401, 'unauthenticated'],
  [403, 'forbidden'],
  [403, 'forbidden'],
  [403, 'forbidden'],
  [403, 'forbidden'],
  [200, undefined],
  [403, 'forbidden'],
  [403, 'forbidden'],
]

let first: unknown[] | undefined

/** The verdicts that are expected, and all else as with those before. */
function judge(seen: unknown[]): void {
  const verdicts = seen.filter((one): one is [number, { code: string } | undefined] => {
    return Array.isArray(one) && one.length === 2 && typeof one[0] === 'number'
  })
  assert.deepEqual(
    verdicts.map(([status, error]) => [status, error?.code]),
    expected,
  )
  first ??= seen
  assert.deepEqual(seen, first)
}
for (const name of ['node', 'deno', 'bun', 'workerd', 'workerd with a CryptoKey', 'deno deploy'] as const) {
  test(`the authority in ${name}: health, keys, certificates and refusals`, async (t) => {
    if (!ready(t) || (name !== 'node' && programFor(t, name.split(' ')[0] as 'deno' | 'bun' | 'workerd') === undefined))
      return
    const { server, url } = await serve(name)
    try {
      const seen = await conformance((path, init) => fetch(`${url}${path}`, init))
      judge(seen)
      // A line for each certificate and each refusal, and no token in any.
      const records = (): string[] => server.log().match(/^.*"outcome".*$/gm) ?? []
      await until('the records', () => (records().length >= expected.length ? true : undefined))
      assert.equal(records().length, expected.length)
      assert.ok(!server.log().includes('eyJ'), 'a token was told')
    } catch (error) {
      console.error(server.log())
      throw error
    } finally {
      await server.stop()
    }
  })
}

/** A table with the codes of the service: 404 not found, 409 there already, 412 changed since. */
class StandInTable implements Table {
  readonly #entities = new Map<string, { entity: Parameters<Table['createEntity']>[0]; etag: string }>()
  #changes = 0
  conflicts = 0

  #refuse(statusCode: number): never {
    if (statusCode !== 404) this.conflicts++
    throw Object.assign(new Error(`status ${statusCode}`), { statusCode })
  }
  #etag(): string {
    return `W/"${++this.#changes}"`
  }
  #found(partition: string, row: string) {
    return this.#entities.get(`${partition} ${row}`) ?? this.#refuse(404)
  }
  async createEntity(entity: Parameters<Table['createEntity']>[0]) {
    const id = `${entity.partitionKey} ${entity.rowKey}`
    // What no key may hold (Understanding the Table service data model).
    assert.doesNotMatch(id, /[\\/#?]/)
    if (this.#entities.has(id)) this.#refuse(409)
    this.#entities.set(id, { entity, etag: this.#etag() })
  }
  async getEntity(partition: string, row: string) {
    const { entity, etag } = this.#found(partition, row)
    return { ...entity, etag }
  }
  async updateEntity(entity: Parameters<Table['createEntity']>[0], _: 'Replace', { etag }: { etag: string }) {
    const found = this.#found(entity.partitionKey, entity.rowKey)
    if (found.etag !== etag) this.#refuse(412)
    Object.assign(found, { entity, etag: this.#etag() })
  }
  async deleteEntity(partition: string, row: string, { etag }: { etag: string }) {
    if (this.#found(partition, row).etag !== etag) this.#refuse(412)
    this.#entities.delete(`${partition} ${row}`)
  }
  async *listEntities({ queryOptions: { filter } }: { queryOptions: { filter: string } }) {
    const until = /^ends lt '(\d+)'$/.exec(filter)?.[1] ?? assert.fail(filter)
    for (const { entity, etag } of [...this.#entities.values()]) if (entity.ends < until) yield { ...entity, etag }
  }
}

/** What each store must do; the same in every runtime. */
const semantics = [true, false, 'one', null, 1, 2, [1, 2, 3, 4, 5, 6, 7, 8], 1, true, 1]

/** A program that tells what a store does, in place of an entry. */
function storeProgram(lines: readonly string[]): string {
  const file = join(folder('authority-store'), 'entry.ts')
  const check = JSON.stringify(at('test/examples/store-semantics.ts'))
  writeFileSync(
    file,
    [
      `import { awsAlias, heldKey, startKms } from '../support/kms-server.ts'
import { tellSemantics } from ${check}`,
      ...lines,
    ].join('\n'),
  )
  return file
}
const stores = (name: string): string => JSON.stringify(at(`examples/zero-trust/stores/${name}.ts`))

test('the store of Durable Objects, in workerd', async (t) => {
  if (!ready(t) || programFor(t, 'workerd') === undefined) return
  const entry = storeProgram([
    `import { durableObjectStore } from ${stores('durable-object')}`,
    `export { AuthorityStore } from ${stores('durable-object')}`,
    'export default { fetch: async (_, { STORE }) => Response.json(await tellSemantics(durableObjectStore(STORE))) }',
  ])
  const here = dirname(entry)
  writeFileSync(join(here, 'worker.js'), await bundle(entry))
  const config = readFileSync(at('examples/zero-trust/workerd.capnp'), 'utf8')
    .replace('127.0.0.1:8787', '127.0.0.1:0')
    .replaceAll('dist/worker.js', 'worker.js')
    .replace('/var/lib/hawser-authority', here)
  writeFileSync(join(here, 'workerd.capnp'), config)
  const { server, url } = await serveWorkerd(join(here, 'workerd.capnp'), {})
  try {
    const answer = await fetch(url)
    const text = await answer.text()
    assert.equal(answer.status, 200, text + server.log())
    assert.deepEqual(JSON.parse(text), semantics)
  } finally {
    await server.stop()
  }
})

test('the store of Deno KV, in Deno', async (t) => {
  if (!ready(t) || programFor(t, 'deno') === undefined) return
  const entry = storeProgram([
    `import { denoKvStore } from ${stores('deno-kv')}`,
    "const kv = await Deno.openKv(':memory:')",
    'console.log(JSON.stringify(await tellSemantics(denoKvStore(kv))))',
    'kv.close()',
  ])
  const file = entry.replace(/\.ts$/, '.mjs')
  writeFileSync(file, await bundle(entry))
  const ran = startProgram(programs.deno, ['run', '--unstable-kv', '--no-prompt', file])
  try {
    const told = await until(`Deno: ${ran.log()}`, () => /^\[.*\]$/m.exec(ran.log())?.[0])
    assert.deepEqual(JSON.parse(told), semantics)
  } finally {
    await ran.stop()
  }
})

test('the store of Azure tables, before a table that answers as the service does', async () => {
  const table = new StandInTable()
  const store = azureTableStore(table)
  assert.deepEqual(await tellSemantics(store), semantics)
  assert.ok(table.conflicts > 0, 'nobody was too late')
  await store.putIfAbsent('proof:over', '1', -1)
  assert.equal(await sweepAzureTable(table), 1)
  assert.equal(await store.get('proof:over'), undefined)
  assert.equal(await store.get('identity:one'), '1')
})

test('the store in memory does the same', async () => {
  assert.deepEqual(await tellSemantics(memoryStore()), semantics)
})

test('the authority behind Azure Functions: the same, the caller by the header of the front end', async (t) => {
  if (!ready(t)) return
  // Bundled, since the example imports the package by its name, and what is tested are the sources.
  const file = join(folder('azure'), 'handler.mjs')
  writeFileSync(file, await bundle('deploy/azure/handler.ts'))
  const { makeHandler } = (await import(pathToFileURL(file).href)) as typeof Handler
  const table = new StandInTable()
  await table.createEntity({ partitionKey: 'data', rowKey: 'blocked.json', value: texts.BLOCKED, ends: '' })
  // Not 127.0.0.1, which is the caller in this test as with the others.
  const proxies = { TRUSTED_PROXIES: '127.0.0.2', FORWARDED_HEADER: 'x-forwarded-for' }
  const handler = makeHandler({ ...settings, ...texts, ...proxies }, table)
  const seen = await conformance(async (path, init) => {
    const { status, headers, body } = await handler(new Request(`https://name.azurewebsites.net/ssh${path}`, init))
    return new Response(body as Uint8Array<ArrayBuffer>, { status, headers })
  })
  judge(seen)
})

test('keys in AWS KMS sign: what the service is asked for is what sshd takes', async (t) => {
  if (!ready(t)) return
  const kms = await startKms(heldKey('p256'))
  const { AUTHORITY_KEY: _, ...others } = texts
  const file = join(folder('kms'), 'node.mjs')
  writeFileSync(file, await bundle('node.ts'))
  const aws = {
    AUTHORITY_KEY_KMS: awsAlias,
    AWS_REGION: 'eu-central-1',
    AWS_KMS_ENDPOINT: kms.url,
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'a-secret',
  }
  const { AUTHORITY_KEY_FILE: __, ...where } = files
  const server = startProgram(process.execPath, [file], { env: { ...settings, ...others, ...where, ...aws } })
  try {
    const port = await until('it to listen', () => /listening on (\d+)/.exec(server.log())?.[1])
    const url = `http://127.0.0.1:${port}/ssh`
    const token = await makeToken({ sub: 'alice' })
    const signed = await signStatement(
      await generateKey(),
      { kind: 'user' },
      { url: `${BASE}/v1/user`, token, time: now() },
    )
    const answer = await fetch(`${url}/v1/user`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(signed),
    })
    const { certificate } = (await answer.json()) as { certificate: string }
    const parsed = parseCertificate(certificate)
    assert.equal(parsed.authority.type, 'ecdsa-sha2-nistp256')
    await verifyCertificateSignature(parsed, { types: allTypes })
    assert.equal(
      await (await fetch(`${url}/v1/authority`)).text(),
      `${formatPublicKey({ ...parsed.authority, comment: '' }).trim()}\n`,
    )
    assert.ok(
      kms.asked.every(({ headers }) => /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\//.test(headers.authorization ?? '')),
    )
    assert.ok(!server.log().includes('a-secret'))
  } finally {
    await server.stop()
    await kms.close()
  }
})

// Packages of the example, which are not this folder's.
interface JsoncParser {
  // biome-ignore lint/suspicious/noExplicitAny: a file of settings, looked into below
  parse(text: string, errors: unknown[], options: { readonly allowTrailingComma: boolean }): any
}
interface HclParser {
  // biome-ignore lint/suspicious/noExplicitAny: likewise
  parse(name: string, text: string): Promise<any>
}

test('what it is deployed with can be read, names what the code asks for, and the entries bundle', async (t) => {
  if (!ready(t)) return
  const text = (path: string): string => readFileSync(at(`examples/zero-trust/${path}`), 'utf8')
  const need = createRequire(at('examples/zero-trust/package.json'))
  const { parse } = need('jsonc-parser') as JsoncParser
  const errors: unknown[] = []
  const wrangler = parse(text('deploy/cloudflare/wrangler.jsonc'), errors, { allowTrailingComma: false })
  assert.deepEqual(errors, [])
  assert.equal(wrangler.main, '../../worker.ts')
  assert.deepEqual(wrangler.migrations[0].new_sqlite_classes, ['AuthorityStore'])
  assert.deepEqual(wrangler.durable_objects.bindings, [{ name: 'STORE', class_name: 'AuthorityStore' }])
  const named = [...Object.keys(wrangler.vars), 'AUTHORITY_KEY', 'HOST_AUTHORITY_KEY']
  // Every setting that has no default.
  const wanted = [...text('authority.ts').matchAll(/needed\(settings, '(\w+)'\)/g)].map(([, name]) => name!)
  const missingThere = wanted.filter((name) => !name.startsWith('AWS_') && !named.includes(name))
  assert.deepEqual(missingThere, [])
  const capnp = text('workerd.capnp')
  for (const name of named) assert.ok(capnp.includes(`"${name}"`), name)

  const deno = JSON.parse(text('deploy/deno/deno.json'))
  const example = JSON.parse(text('package.json'))
  for (const name of ['aws4fetch', 'jose'])
    assert.equal(deno.imports[name], `npm:${name}@${example.dependencies[name]}`)
  assert.deepEqual(deno.unstable, ['kv'])

  const host = JSON.parse(text('deploy/azure/host.json'))
  assert.equal(host.version, '2.0')
  assert.equal(host.extensions.http.routePrefix, '')
  const azure = JSON.parse(text('deploy/azure/package.json'))
  for (const [name, version] of Object.entries(azure.dependencies)) assert.equal(example.devDependencies[name], version)
  const { parse: parseHcl } = need('@cdktf/hcl2json') as HclParser
  const hcl = await parseHcl('main.tf', text('deploy/azure/main.tf'))
  const { app_settings } = hcl.resource.azurerm_function_app_flex_consumption.authority[0]
  for (const name of [
    'AUTHORITY_KEY',
    'HOST_AUTHORITY_KEY',
    'TABLE_CONNECTION',
    'TRUSTED_PROXIES',
    'FORWARDED_HEADER',
  ]) {
    assert.ok(app_settings.includes(name), name)
  }
  await assert.rejects(parseHcl('main.tf', 'resource "a" {'), 'the parser takes anything')

  // The packages of Azure are Node's, and are published beside the bundle.
  const code = await bundle('deploy/azure/function.ts')
  assert.match(code, /from"@azure\/functions"/)
  assert.match(await bundle('worker.ts'), /AuthorityStore/)
})
