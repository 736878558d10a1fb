/** The HTTP API, as one `fetch` handler: who calls, what they may, what they ask for, and what becomes of it. */

import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { secureHeaders } from 'hono/secure-headers'
import { RecordsBusy } from '../lab/records.ts'
import { type Answers, answersOf, type Service } from './answers.ts'
import type { Authenticate, Caller } from './authentication.ts'
import { type Operation, operations, type Role, type Words } from './operations.ts'
import { Refusal } from './refusal.ts'

const BODY = 64 * 1024
const TOKEN = 16_384
const ranks: Readonly<Record<Role, number>> = { user: 0, admin: 1 }

type Env = { Variables: { caller: Caller } }

/** What the service needs of its surroundings. */
export interface RoutesOptions extends Service {
  readonly authenticate: Authenticate
  /** Told of what was no refusal, which the caller is not. */
  readonly onError?: ((error: unknown) => void) | undefined
}

export function createRoutes(options: RoutesOptions): (request: Request) => Response | Promise<Response> {
  const app = new Hono<Env>()
  app.use(secureHeaders())
  app.use(async (c, next) => {
    await next()
    c.header('cache-control', 'no-store')
  })
  app.use(async (c, next) => {
    const token = /^Bearer ([\x21-\x7e]+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
    const caller = token && token.length <= TOKEN ? await options.authenticate(token) : undefined
    if (!caller) throw new Refusal('unauthenticated', 'a bearer token expected that proves who you are')
    c.set('caller', caller)
    await next()
  })
  app.use(bodyLimit({ maxSize: BODY, onError: () => refuse(new Refusal('too-large', `at most ${BODY} octets`)) }))
  const answers = answersOf(options)
  for (const words of Object.keys(operations) as Words[]) {
    const { method, path } = operations[words]
    app.on(method, `/v1/:project${path}`, (c) => answer(c, words, answers))
  }
  app.notFound(() => refuse(new Refusal('not-found', 'nothing is here')))
  app.onError((error) => {
    if (error instanceof Refusal) return refuse(error)
    if (error instanceof RecordsBusy) return refuse(new Refusal('busy', error.message))
    options.onError?.(error)
    return refuse({ status: 500, code: 'internal', message: 'something went wrong here' })
  })
  return (request) => app.fetch(request)
}

function refuse({ status, code, message }: Pick<Refusal, 'status' | 'code' | 'message'>): Response {
  const headers = { 'cache-control': 'no-store', ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}) }
  return Response.json({ error: { code, message } }, { status, headers })
}

async function answer(c: Context<Env>, words: Words, answers: Answers): Promise<Response> {
  const { role: least, fields }: Operation = operations[words]
  const { project = '', ...names } = c.req.param()
  const caller = c.get('caller')
  const role = caller.roles.get(project)
  // A project of others is as one that does not exist.
  if (role === undefined) throw new Refusal('not-found', 'no such project')
  if (ranks[role] < ranks[least]) throw new Refusal('forbidden', `"${words}" is for ${least}s of the project`)
  const given = await read(c, fields)
  const result = await answers[words]({ project, caller: caller.id, role, names, given: given as never })
  if (result === undefined) return c.body(null, 204)
  return typeof result === 'string' ? c.text(result) : c.json(result, c.req.method === 'POST' ? 201 : 200)
}

/** What the request says, judged: all that is needed and nothing that nobody knows. */
async function read(c: Context<Env>, fields: Operation['fields']): Promise<Record<string, unknown>> {
  const said = c.req.method === 'POST' ? await body(c) : c.req.query()
  for (const name of Object.keys(said)) {
    // A misspelt restriction must not vanish.
    if (!Object.hasOwn(fields, name)) throw new Refusal('bad-request', `unknown: ${JSON.stringify(name.slice(0, 40))}`)
  }
  const given: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(fields)) {
    if (Object.hasOwn(said, name)) given[name] = field.read(said[name], name)
    else if (field.needed) throw new Refusal('bad-request', `${name}: missing`)
  }
  return given
}

async function body(c: Context<Env>): Promise<Readonly<Record<string, unknown>>> {
  const text = await c.req.text()
  if (text === '') return {}
  // A page of another origin can send no JSON without asking first.
  if (!/^application\/json\b/i.test(c.req.header('content-type') ?? '')) {
    throw new Refusal('bad-request', 'content-type: application/json expected')
  }
  const value: unknown = parseJson(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new Refusal('bad-request', 'a JSON object expected')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
