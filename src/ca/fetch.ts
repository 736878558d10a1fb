/**
 * Fetching from an authority and from identity providers: over TLS (or from this machine), with a deadline, a ceiling,
 * and no redirects, since whoever is redirected carries his token along (RFC 6750 section 5.3).
 */

import type { PieceReader } from '../agent-protocol/duplex.ts'
import type { AbortSignalLike } from '../crypto/progress.ts'
import { AuthorityError } from '../errors.ts'
import { concat } from '../wire/octets.ts'
import { escapeText } from '../wire/text.ts'
import { withDeadline } from './single-flight.ts'

declare const URL: new (
  text: string,
) => { readonly protocol: string; readonly hostname: string; readonly origin: string }

/** The part of a `Response` that is used here. */
export interface FetchedLike {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  readonly body: { getReader(): PieceReader } | null
}

/** The platform's `fetch`, or one of yours: through a proxy, with a client certificate. */
export type FetchLike = (
  url: string,
  init: {
    readonly method: string
    readonly headers: Record<string, string>
    readonly body?: string
    readonly redirect: 'manual'
    // biome-ignore lint/suspicious/noExplicitAny: an `AbortSignal`, which the core has no type of
    readonly signal: any
  },
) => Promise<FetchedLike>

/** How to fetch. */
export interface FetchOptions {
  /** The platform's where it is not given. */
  readonly fetch?: FetchLike | undefined
  /** Milliseconds for one request and its answer; 15,000 where it is not given. */
  readonly timeout?: number | undefined
}

/** What is asked for. */
export interface Fetch extends FetchOptions {
  readonly method?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | undefined
  /** Most octets of the answer. */
  readonly limit: number
  readonly signal?: AbortSignalLike | undefined
}

/** An answer. */
export interface Fetched {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  readonly body: Uint8Array
}

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

/** The origin of an https URL, or of an http URL of this machine. Throws `AuthorityError` `bad-answer` for any other. */
export function secureOrigin(text: string): string {
  try {
    const { protocol, hostname, origin } = new URL(text)
    if (protocol === 'https:' || (protocol === 'http:' && loopback.test(hostname))) return origin
  } catch {
    // No URL at all.
  }
  throw new AuthorityError('bad-answer', `${escapeText(text)}: an https URL expected`)
}

/** What the system calls the failure; the platform's own words say "fetch failed". */
function systemCode(error: unknown): string {
  const { cause, code } = Object(error) as { readonly cause?: unknown; readonly code?: unknown }
  const found = (Object(cause) as { readonly code?: unknown }).code ?? code
  return typeof found === 'string' ? `: ${escapeText(found, 64)}` : ''
}

async function readBody(origin: string, body: FetchedLike['body'], limit: number): Promise<Uint8Array> {
  if (!body) return new Uint8Array(0)
  const reader = body.getReader()
  const parts: Uint8Array[] = []
  let length = 0
  let whole = false
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) {
        whole = true
        return concat(parts)
      }
      length += value!.length
      if (length > limit) throw new AuthorityError('bad-answer', `${origin}: an answer of more than ${limit} octets`)
      parts.push(value!)
    }
  } finally {
    if (!whole) reader.cancel().catch(() => {})
  }
}

/**
 * One request and its answer. Throws `AuthorityError` `unreachable` (no answer, or not in time), `bad-answer` (a
 * redirect, too long, an insecure URL), the signal's reason.
 */
export async function fetchBounded(url: string, asked: Fetch): Promise<Fetched> {
  const origin = secureOrigin(url)
  const { method = 'GET', headers = {}, body, limit, timeout = 15_000 } = asked
  const platform = asked.fetch ?? (globalThis as unknown as { readonly fetch: FetchLike }).fetch
  const late = (): unknown => new AuthorityError('unreachable', `${origin}: no answer within ${timeout / 1000} s`)
  return withDeadline(timeout, asked.signal, late, async (signal) => {
    let answer: FetchedLike
    try {
      const init = { method, headers: { ...headers }, ...(body !== undefined && { body }), redirect: 'manual', signal }
      answer = await platform(url, init as Parameters<FetchLike>[1])
    } catch (cause) {
      throw new AuthorityError('unreachable', `${origin}: cannot be reached${systemCode(cause)}`, { cause })
    }
    const { status } = answer
    // Browsers give 0 in place of the status.
    if (status === 0 || (status >= 300 && status < 400)) {
      answer.body
        ?.getReader()
        .cancel()
        .catch(() => {})
      throw new AuthorityError('bad-answer', `${origin}: a redirect, which is not followed`)
    }
    if (Number(answer.headers.get('content-length') ?? 0) > limit) {
      answer.body
        ?.getReader()
        .cancel()
        .catch(() => {})
      throw new AuthorityError('bad-answer', `${origin}: an answer of more than ${limit} octets`)
    }
    try {
      return { status, headers: answer.headers, body: await readBody(origin, answer.body, limit) }
    } catch (cause) {
      if (cause instanceof AuthorityError) throw cause
      throw new AuthorityError('unreachable', `${origin}: the answer ends early${systemCode(cause)}`, { cause })
    }
  })
}
