/**
 * Two questions about public SSH material, answered over HTTP by one `fetch` handler:
 *
 *   POST /inspect                        what is this file?              JSON
 *   POST /convert?to=FORMAT              the same key in another form    a file
 *
 * The body is the file. Nothing is stored, and a private key has no business here: it is refused, and no error says
 * anything that stood in a request. Web standards only (Request, Response, URL), so that it runs wherever those do.
 */

import {
  encodePublicKey,
  FormatError,
  formatPublicKey,
  type Identified,
  identify,
  LimitError,
  type PublicKey,
  SshError,
  UnsupportedError,
} from 'hawser'
import { type Facts, factsOf, type PublicArtifact } from './facts.ts'

/** How the handler is set up. */
export interface HandlerOptions {
  /** Most octets of a body; 256 KiB where not given. */
  readonly maxBytes?: number | undefined
  /**
   * `access-control-allow-origin`. `*` where not given: no cookie and no other credential is looked at, and what is
   * answered depends on the request alone, so any page may ask. `null` sends no CORS header: then no other page may.
   */
  readonly allowOrigin?: string | null | undefined
}

/** What went wrong, for programs: a stable code, and the status that goes with it. */
class Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly headers: Readonly<Record<string, string>>
  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.status = status
    this.code = code
    this.headers = headers
  }
}

const MAX_BYTES = 256 * 1024

/** Formats of a public key, each with the media types of its text and of its DER. */
const targets: Readonly<Record<string, { readonly text: string; readonly der?: string }>> = {
  openssh: { text: 'text/plain; charset=utf-8' },
  spki: { text: 'application/x-pem-file', der: 'application/octet-stream' },
  pkcs1: { text: 'application/x-pem-file', der: 'application/octet-stream' },
  rfc4716: { text: 'text/plain; charset=utf-8' },
  'putty-public': { text: 'text/plain; charset=utf-8' },
  jwk: { text: 'application/jwk+json' },
  sshfp: { text: 'text/plain; charset=utf-8' },
}

/**
 * Bodies that are files. A form's body is not: its file stands between other lines. No type at all is fine, since that
 * is what `fetch` sends with octets.
 */
const mediaTypes = [
  'text/plain',
  'application/octet-stream',
  'application/x-pem-file',
  'application/json',
  'application/jwk+json',
]

const secured = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
}

/** The body, of which no more than is allowed and one chunk is kept. */
async function readBody(request: Request, most: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  // Counted as it comes: a length may be missing, or a lie.
  let length = 0
  const reader = request.body?.getReader()
  try {
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
      length += part.value.length
      if (length <= most) chunks.push(part.value)
      // A client that is still sending may not look for an answer yet: some more is read, and dropped.
      else if (length > 4 * most) break
    }
    if (length > most) throw new Refusal(413, 'too-large', `at most ${most} octets are read`)
    if (length === 0) throw new Refusal(400, 'empty', 'the body is the file; it is empty')
    const body = new Uint8Array(length)
    let at = 0
    for (const chunk of chunks) {
      body.set(chunk, at)
      at += chunk.length
    }
    return body
  } finally {
    for (const chunk of chunks) chunk.fill(0)
  }
}

/**
 * What only private files have in them, wherever it stands: behind a certificate in one PEM file, in a JSON answer, in
 * a file that is damaged. `identify` looks at the first block alone. JWK: `d` (RFC 7518 sections 6.2.2 and 6.3.2,
 * RFC 8037 section 2), `k` (6.4.1), `priv` (AKP).
 */
const privateMarks = /PRIVATE KEY|PuTTY-User-Key-File-|Private-Lines:|openssh-key-v1\0|"(?:d|k|priv)"\s*:/

function refusePrivate(): never {
  throw new Refusal(
    422,
    'private-key-refused',
    'this is, or holds, a private key: it must not be sent anywhere. Treat it as disclosed, and make a new one',
  )
}

function identifyPublic(body: Uint8Array): PublicArtifact {
  // As octets: the marks are ASCII, and text of two octets a character is nothing that identify knows.
  if (privateMarks.test(new TextDecoder('latin1').decode(body))) refusePrivate()
  let found: Identified
  try {
    found = identify(body, { limits: { inputLength: body.length, textFileLength: body.length } })
  } catch (error) {
    if (error instanceof SshError && error.code === 'is-private-key') refusePrivate()
    throw error
  }
  if (found.artifact === 'private-key') refusePrivate()
  return found
}

/** The plain key of a file that holds one. */
function oneKey(found: PublicArtifact): PublicKey {
  if (found.artifact === 'public-key') return found.publicKey
  if (found.artifact === 'certificate') return found.certificate.publicKey
  if (found.artifact === 'x509-certificate' && found.x509.publicKey) return found.x509.publicKey
  throw new Refusal(422, 'not-one-key', 'the file holds no public key, none that SSH has, or many')
}

/** JSON in which no character moves a cursor or turns the direction of writing. */
function jsonOf(value: object): string {
  const escaped = (c: string): string =>
    Array.from({ length: c.length }, (_, i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')
  return JSON.stringify(value).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escaped)
}

function json(value: object, status: number, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(`${jsonOf(value)}\n`, {
    status,
    headers: { 'content-type': 'application/json', ...secured, ...headers },
  })
}

function convert(found: PublicArtifact, query: URLSearchParams): Response {
  const known = Object.keys(targets).join(', ')
  const to = query.get('to') ?? ''
  const target = Object.hasOwn(targets, to) ? targets[to] : undefined
  if (!target) throw new Refusal(400, 'unsupported-format', `?to= takes one of ${known}`)
  const encoding = query.get('encoding') ?? 'text'
  const der = encoding === 'der'
  if ((!der && encoding !== 'text') || (der && !target.der)) {
    throw new Refusal(400, 'unsupported-encoding', '?encoding= takes text, and der for spki and pkcs1')
  }
  const comment = query.get('comment') ?? undefined
  if (comment !== undefined && (comment.length > 1000 || /[\0\r\n]/.test(comment))) {
    throw new Refusal(400, 'bad-comment', '?comment= takes one line of at most 1000 characters')
  }
  const key = oneKey(found)
  const body = der
    ? encodePublicKey(key, { format: to })
    : `${formatPublicKey(key, { format: to, comment }).trimEnd()}\n`
  const type = der ? target.der! : target.text
  // The library's octets stand in an ArrayBuffer of their own.
  return new Response(body as string, { headers: { 'content-type': type, ...secured } })
}

async function answer(request: Request, most: number): Promise<Response> {
  const url = new URL(request.url)
  if (url.pathname !== '/inspect' && url.pathname !== '/convert') {
    throw new Refusal(404, 'not-found', 'POST /inspect and POST /convert?to=FORMAT are here')
  }
  if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers: { allow: 'POST, OPTIONS' } })
  if (request.method !== 'POST') {
    throw new Refusal(405, 'method-not-allowed', 'POST the file', { allow: 'POST, OPTIONS' })
  }
  const media = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (media !== undefined && !mediaTypes.includes(media)) {
    throw new Refusal(
      415,
      'unsupported-media-type',
      `the body is the file: ${mediaTypes.join(', ')}, or no content-type`,
    )
  }
  const body = await readBody(request, most)
  try {
    const found = identifyPublic(body)
    if (url.pathname === '/convert') return convert(found, url.searchParams)
    const facts: Facts = await factsOf(found)
    return json(facts, 200)
  } finally {
    body.fill(0)
  }
}

/** What is said of an error of the library: by its class, because a message may quote the input. */
function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof LimitError) return new Refusal(422, error.code, 'a length or a count in the file is too large')
  if (error instanceof UnsupportedError) {
    return new Refusal(422, error.code, 'the file, or its key in that format, is nothing that can be worked with')
  }
  if (error instanceof FormatError && error.code === 'unknown-format') {
    return new Refusal(422, error.code, 'nothing known was found in the file')
  }
  if (error instanceof SshError) return new Refusal(422, error.code, 'the file is damaged, or not what it says')
  return new Refusal(500, 'internal', 'something is wrong on this side')
}

/** Makes the handler: a Request in, a Response out; it never rejects. */
export function createHandler(options: HandlerOptions = {}): (request: Request) => Promise<Response> {
  const { maxBytes = MAX_BYTES, allowOrigin = '*' } = options
  return async (request) => {
    let response: Response
    try {
      response = await answer(request, maxBytes)
    } catch (error) {
      const { status, code, message, headers } = refusalOf(error)
      response = json({ error: { code, message } }, status, headers)
    }
    if (allowOrigin === null) return response
    response.headers.set('access-control-allow-origin', allowOrigin)
    if (allowOrigin !== '*') response.headers.set('vary', 'origin')
    if (request.method === 'OPTIONS') {
      response.headers.set('access-control-allow-methods', 'POST')
      response.headers.set('access-control-allow-headers', 'content-type')
      response.headers.set('access-control-max-age', '86400')
    }
    return response
  }
}

/** The handler with its defaults. */
export const handle: (request: Request) => Promise<Response> = createHandler()
