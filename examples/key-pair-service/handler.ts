/** The API as one `fetch` handler: a signed call in the query or as a form, its answer in JSON or XML. */

import { XMLBuilder } from 'fast-xml-parser'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { secureHeaders } from 'hono/secure-headers'
import { RecordsBusy } from '../lab/records.ts'
import { accountOf, secretOf } from './access-keys.ts'
import { type Action, actions } from './actions.ts'
import { ApiError } from './api-error.ts'
import type { Service } from './call.ts'
import { checkSignature, type Parameters, readSigned, type Signed } from './signature.ts'

const BODY = 64 * 1024
const PARAMETERS = 50
/** Those of every call. */
const common = [
  'AccessKeyId',
  'Action',
  'Format',
  'RegionId',
  'Signature',
  'SignatureMethod',
  'SignatureNonce',
  'SignatureType',
  'SignatureVersion',
  'Timestamp',
  'Version',
]

export interface HandlerOptions extends Service {
  /** The service's own secret, of which those of access keys are made. */
  readonly secret: string
  /** Told of what was no refusal, which the caller is not. */
  readonly onError?: ((error: unknown) => void) | undefined
}

export function createHandler(options: HandlerOptions): (request: Request) => Response | Promise<Response> {
  const app = new Hono()
  app.use(secureHeaders())
  app.use(
    bodyLimit({
      maxSize: BODY,
      onError: (c) => failed(c.req.raw, new ApiError('InvalidParameter', `At most ${BODY} octets.`), new Map()),
    }),
  )
  app.all('*', (c) => answer(options, c.req.raw))
  return (request) => app.fetch(request)
}

async function answer(options: HandlerOptions, request: Request): Promise<Response> {
  let parameters: Parameters = new Map()
  try {
    parameters = await readParameters(request)
    const { account, name, action } = await judge(options, request, parameters)
    const { regions } = options
    const region = parameters.get('RegionId') ?? regions[0]
    if (!regions.includes(region)) throw new ApiError('InvalidRegionId.NotFound')
    const given = readGiven(action, parameters)
    const result = await action.run({ ...options, account, region }, given)
    return write(200, `${name}Response`, { RequestId: requestId(), ...result }, parameters)
  } catch (error) {
    if (error instanceof ApiError) return failed(request, error, parameters)
    options.onError?.(error)
    const busy = error instanceof RecordsBusy
    return failed(request, new ApiError(busy ? 'ServiceUnavailable' : 'InternalError'), parameters)
  }
}

/** Of the query and of the form, each name once. */
async function readParameters(request: Request): Promise<Map<string, string>> {
  const { method } = request
  if (method !== 'GET' && method !== 'POST') throw new ApiError('UnsupportedHTTPMethod')
  const { pathname, searchParams } = new URL(request.url)
  if (pathname !== '/') throw new ApiError('InvalidAction.NotFound', 'The path is "/".')
  const pairs = [...searchParams]
  if (method === 'POST') {
    const body = await request.text()
    const type = request.headers.get('content-type') ?? ''
    if (body !== '' && !/^application\/x-www-form-urlencoded\b/i.test(type)) {
      throw new ApiError('InvalidParameter', 'Content-Type: application/x-www-form-urlencoded expected.')
    }
    pairs.push(...new URLSearchParams(body))
  }
  if (pairs.length > PARAMETERS) throw new ApiError('InvalidParameter', `At most ${PARAMETERS} parameters.`)
  const parameters = new Map(pairs)
  if (parameters.size < pairs.length) throw new ApiError('InvalidParameter', 'A parameter stands there twice.')
  return parameters
}

/** Who calls what. The signature comes first: to whom it is not given, nothing is told of what there is. */
async function judge(options: HandlerOptions, request: Request, parameters: Parameters) {
  const signed = readSigned(parameters, options.now())
  const account = await accountOf(options.records, signed.accessKeyId)
  if (account === undefined) throw new ApiError('InvalidAccessKeyId.NotFound')
  await checkSignature(request.method, parameters, await secretOf(options.secret, signed.accessKeyId))
  await useNonce(options, signed)
  if (parameters.get('Version') !== '2014-05-26') throw new ApiError('NoSuchVersion', 'Version: 2014-05-26 expected.')
  const name = parameters.get('Action') ?? ''
  if (name === '') throw new ApiError('MissingParameter', 'Action is missing.')
  const action = actions.get(name)
  if (!action) throw new ApiError('InvalidAction.NotFound')
  const format = parameters.get('Format') ?? 'JSON'
  if (!/^(json|xml)$/i.test(format)) throw new ApiError('InvalidParameter', 'Format: JSON or XML expected.')
  if (parameters.get('SignatureType')) throw new ApiError('UnsupportedParameter', 'SignatureType: leave it out.')
  return { account, name, action }
}

/** A call is taken once, whichever process it comes to; kept for as long as its time stamp would be taken. */
async function useNonce({ records, now }: Service, { accessKeyId, nonce, until }: Signed): Promise<void> {
  const used = await records.write(async (tx) => {
    await tx.run('DELETE FROM nonces WHERE until < ?', [now()])
    const sql = 'INSERT OR IGNORE INTO nonces (access_key, nonce, until) VALUES (?, ?, ?)'
    return (await tx.run(sql, [accessKeyId, nonce, until])) === 0
  })
  if (used) throw new ApiError('SignatureNonceUsed')
}

/** All that is needed and nothing that is not known: a restriction that is misspelt must not vanish. */
function readGiven({ needed, optional }: Action, parameters: Parameters): Record<string, unknown> {
  for (const name of parameters.keys()) {
    if (common.includes(name) || Object.hasOwn(needed, name) || Object.hasOwn(optional, name)) continue
    throw new ApiError('UnsupportedParameter', `${JSON.stringify(name.slice(0, 60))} is not known here.`)
  }
  const given: Record<string, unknown> = {}
  for (const [name, reader] of Object.entries({ ...needed, ...optional })) {
    const value = parameters.get(name)
    if (value !== undefined && value !== '') given[name] = reader(value, name)
    else if (Object.hasOwn(needed, name)) throw new ApiError('MissingParameter', `${name} is missing.`)
  }
  return given
}

const requestId = (): string => crypto.randomUUID().toUpperCase()

function failed(request: Request, { status, code, message }: ApiError, parameters: Parameters): Response {
  const HostId = new URL(request.url).host
  return write(status, 'Error', { RequestId: requestId(), HostId, Code: code, Message: message }, parameters)
}

function write(status: number, root: string, content: object, parameters: Parameters): Response {
  // A private key may be in it.
  const headers = { 'cache-control': 'no-store' }
  if (!/^xml$/i.test(parameters.get('Format') ?? '')) return Response.json(content, { status, headers })
  const xml = new XMLBuilder().build({ [root]: content })
  return new Response(`<?xml version="1.0" encoding="UTF-8"?>${xml}`, {
    status,
    headers: { ...headers, 'content-type': 'application/xml; charset=utf-8' },
  })
}
