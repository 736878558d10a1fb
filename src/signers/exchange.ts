/**
 * One question and its answer over HTTP (RFC 9110) by a `fetch` of the caller, who authenticates in it (WHATWG Fetch).
 * The answer is JSON (RFC 8259), bounded while it comes in.
 */

import { type AbortSignalLike, throwIfAborted, watched } from '../crypto/progress.ts'
import { SshError } from '../errors.ts'
import { concat } from '../wire/octets.ts'
import { decodeUtf8 } from '../wire/text.ts'
import { KmsError } from './kms-error.ts'

/** What is asked. */
export interface KmsRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** JSON. */
  readonly body?: string
}

/** What a `fetch` is called with besides the URL. */
export interface FetchInit {
  method: string
  headers: Record<string, string>
  body?: string
  /** A redirect is an answer and no success: what is signed with is not sent on to whoever an answer names. */
  redirect: 'manual'
  // biome-ignore lint/suspicious/noExplicitAny: a real fetch takes no less than a real AbortSignal, a type of platforms
  signal?: any
}

/** The part of a `Response` that is used here. */
export interface FetchResponse {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  readonly body: {
    getReader(): {
      read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>
      cancel(reason?: unknown): Promise<void>
    }
  } | null
}

/** A `fetch`: the platform's, or one that signs or authorises what it sends. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchResponse>

/** A JSON object that a service answered with. */
export type KmsAnswer = Readonly<Record<string, unknown>>

/** What came: the status, the object (`undefined` where the body holds none), when to ask again. */
export interface Exchanged {
  readonly status: number
  readonly answer: KmsAnswer | undefined
  readonly retryAfter: number | undefined
}

/**
 * Octets of an answer. The longest that is expected is a public key in PEM with what stands around it, 3 kB; Azure adds up
 * to fifteen tags of 256 characters each.
 */
const ANSWER_LENGTH = 0x1_0000

function tooLong(): KmsError {
  return new KmsError('signer-failed', `the answer is longer than ${ANSWER_LENGTH} octets`)
}

async function readBody(response: FetchResponse): Promise<Uint8Array> {
  const reader = response.body?.getReader()
  if (!reader) return new Uint8Array(0)
  const pieces: Uint8Array[] = []
  let length = 0
  let whole = false
  try {
    // Empty pieces have no end by their length, so that pieces are counted, too.
    if (Number(response.headers.get('content-length')) > ANSWER_LENGTH) throw tooLong()
    while (true) {
      const { done, value } = await reader.read()
      if (done) break
      if (!(value instanceof Uint8Array)) throw new TypeError('fetch: a body of Uint8Arrays expected')
      length += value.length
      if (length > ANSWER_LENGTH || pieces.push(value) > ANSWER_LENGTH) throw tooLong()
    }
    whole = true
    return concat(pieces)
  } finally {
    // Nobody waits for the rest, or for what becomes of it.
    if (!whole) reader.cancel().catch(() => {})
  }
}

/** The JSON object in a body; `undefined` where it holds none. */
function readObject(body: Uint8Array): KmsAnswer | undefined {
  try {
    const value: unknown = JSON.parse(decodeUtf8(body, 'answer'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as KmsAnswer) : undefined
  } catch {
    // The parser's own message quotes what it read.
    return undefined
  }
}

async function exchangeNow(fetch: Fetch, request: KmsRequest, signal: AbortSignalLike | undefined): Promise<Exchanged> {
  const { method, url, headers, body } = request
  const init: FetchInit = { method, headers: { accept: 'application/json', ...headers }, redirect: 'manual' }
  if (body !== undefined) init.body = body
  if (signal) init.signal = signal
  const response = await fetch(url, init)
  const { status } = response
  // What a refusal says besides its status may be anything: a page, or too much.
  const answer = await readBody(response).then(readObject, (error) => {
    if (status === 200) throw error
    return undefined
  })
  const seconds = response.headers.get('retry-after') ?? ''
  return { status, answer, retryAfter: /^\d{1,9}$/.test(seconds) ? Number(seconds) : undefined }
}

/**
 * Asks once. Throws the signal's reason, what `fetch` throws where that is an error of this library, and for all else
 * `KmsError` `signer-failed`: no answer, or one that is too long.
 */
export async function exchange(
  fetch: Fetch,
  request: KmsRequest,
  signal: AbortSignalLike | undefined,
): Promise<Exchanged> {
  throwIfAborted(signal)
  try {
    // A fetch that does not look at its signal is not waited for.
    return await watched(exchangeNow(fetch, request, signal), signal)
  } catch (cause) {
    throwIfAborted(signal)
    if (cause instanceof SshError) throw cause
    throw new KmsError('signer-failed', 'no answer came', { cause })
  }
}
