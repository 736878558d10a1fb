/** The body of a request, read up to a ceiling and no further. */

import { AuthorityError } from '../errors.ts'
import { concat } from '../wire/octets.ts'
import { decodeUtf8 } from '../wire/text.ts'
import type { Deadline } from './deadline.ts'
import { BODY_LENGTH, badRequest } from './protocol.ts'

/** A stream of octets, of the Streams standard or as good. */
export interface BodyLike {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>
    cancel(reason?: unknown): Promise<unknown>
  }
}

/**
 * Most pieces of a body. It comes in one or two; pieces of nothing could go on for ever, and each takes some 80 octets of
 * memory, so that 64 KiB octet by octet would be 5 MB for whoever has not even a token.
 */
const PIECES = 4096

const tooLarge = (): AuthorityError => new AuthorityError('too-large', `body: at most ${BODY_LENGTH} octets expected`)

async function readAll(reader: ReturnType<BodyLike['getReader']>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return parts.length === 1 ? parts[0]! : concat(parts)
    length += value!.length
    if (length > BODY_LENGTH || parts.push(value!) > PIECES) throw tooLarge()
  }
}

/**
 * The text of a body whose length may be declared. Throws `AuthorityError` `too-large`, `bad-request` for what is not
 * UTF-8, or not whole within the time.
 */
export async function readBody(body: BodyLike | null, declared: string | null, deadline: Deadline): Promise<string> {
  if (declared !== null && !/^\d{1,15}$/.test(declared)) throw badRequest('content-length: a number expected')
  if (Number(declared ?? 0) > BODY_LENGTH) throw tooLarge()
  if (!body) throw badRequest('body: JSON expected')
  const reader = body.getReader()
  let bytes: Uint8Array
  try {
    bytes = await deadline.wait(
      'body',
      () => readAll(reader),
      () => badRequest('body: not whole in time'),
    )
  } catch (error) {
    reader.cancel().catch(() => {})
    if (error instanceof AuthorityError) throw error
    throw badRequest('body: it ends early')
  }
  try {
    return decodeUtf8(bytes, 'body')
  } catch {
    throw badRequest('body: UTF-8 expected')
  }
}
