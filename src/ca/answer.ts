/** Answers over HTTP: JSON, text, octets, and refusals with the status that belongs to their code. */

import { AuthorityError } from '../errors.ts'
import { type ErrorAnswer, statusOf } from './protocol.ts'

/** The part of a `Response` that every runtime has. */
export interface ResponseLike {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  text(): Promise<string>
  arrayBuffer(): Promise<ArrayBuffer>
}

/** The platform's `Response` where its types are there, so that a server takes what `fetch` gives. */
export type WebResponse = typeof globalThis extends { Response: { prototype: infer R extends ResponseLike } }
  ? R
  : ResponseLike

type Body = string | Uint8Array
type Headers = Readonly<Record<string, string>>

/** An answer that no browser takes for something else. */
export function answer(status: number, body: Body, type: string, headers: Headers = {}): WebResponse {
  const { Response } = globalThis as unknown as {
    readonly Response: new (body: Body, init: { readonly status: number; readonly headers: Headers }) => WebResponse
  }
  const all = { 'content-type': type, 'x-content-type-options': 'nosniff', 'cache-control': 'no-store', ...headers }
  return new Response(body, { status, headers: all })
}

/** JSON. */
export function answerJson(status: number, value: unknown, headers?: Headers): WebResponse {
  return answer(status, JSON.stringify(value), 'application/json', headers)
}

/** The refusal that an error is. What is not meant for the other side becomes `internal`, its cause kept for the record. */
export function refusalOf(error: unknown): AuthorityError {
  if (error instanceof AuthorityError && Object.hasOwn(statusOf, error.code) && error.code !== 'internal') return error
  return new AuthorityError('internal', 'something went wrong here; the authority has a record of it', { cause: error })
}

/** A refusal as JSON. */
export function answerRefusal(refusal: AuthorityError, headers: Headers = {}): WebResponse {
  const { code, message, retryAfter } = refusal
  const body: ErrorAnswer = { error: { code, message, ...(retryAfter !== undefined && { retryAfter }) } }
  return answerJson(statusOf[code]!, body, {
    ...(code === 'unauthenticated' && { 'www-authenticate': 'Bearer' }),
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
    ...headers,
  })
}
