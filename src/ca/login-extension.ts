/**
 * The extension `login@hawser` of the agent protocol (RFC 9987 section 5.8): hands a token to a running agent. Its
 * contents are a string, the token, and a uint64, when it ends (0 where nobody knows); empty, they ask which authority
 * the token is for. It is answered by JSON: `authority`, and `certificate` or `error`.
 */

import type { AgentClient } from '../agent-protocol/client.ts'
import type { AgentResponse } from '../agent-protocol/messages.ts'
import { formatCertificate, parseCertificate } from '../cert/text.ts'
import { AuthorityError, type SshError } from '../errors.ts'
import type { Certificate } from '../keys/certificate.ts'
import type { KeyOptions } from '../keys/public-key.ts'
import { Reader } from '../wire/reader.ts'
import { decodeText, encodeText, escapeText } from '../wire/text.ts'
import { Writer } from '../wire/writer.ts'
import { TOKEN_LENGTH } from './protocol.ts'
import { readToken, type Token } from './token.ts'

/** Name of the extension. */
export const LOGIN = 'login@hawser'

/** The token in the contents of a request, which are wiped; nothing where they ask. Throws `FormatError`, `AuthorityError`. */
export function decodeLogin(contents: Uint8Array): Token | undefined {
  try {
    if (contents.length === 0) return undefined
    const reader = new Reader(contents, TOKEN_LENGTH)
    const { token } = readToken(decodeText(reader.string('token')), 'login')
    const expires = Number(reader.u64('expiry'))
    reader.end('login')
    return { token, ...(expires > 0 && { expires }) }
  } finally {
    contents.fill(0)
  }
}

/** What an agent says of a login. */
export interface LoginAnswerFacts {
  /** Base URL of its authority. */
  readonly authority: string
  readonly certificate?: Certificate | undefined
  readonly error?: SshError | undefined
}

/** The answer to a login. */
export function encodeLoginAnswer({ authority, certificate, error }: LoginAnswerFacts): AgentResponse {
  const facts = {
    authority,
    ...(certificate && { certificate: formatCertificate(certificate).trimEnd() }),
    ...(error && { error: { code: error.code, message: error.message } }),
  }
  return { kind: 'extension', name: LOGIN, contents: encodeText(JSON.stringify(facts)) }
}

async function ask(agent: AgentClient, contents: Uint8Array): Promise<Record<string, unknown>> {
  let answer: AgentResponse
  try {
    answer = await agent.extension(LOGIN, contents)
  } catch (cause) {
    const { code } = Object(cause) as { readonly code?: unknown }
    if (code === 'agent-refused') {
      throw new AuthorityError(
        'login-failed',
        'this agent is none of an authority ("hawser agent serve --authority")',
        { cause },
      )
    }
    if (code !== 'extension-failed') throw cause
    throw new AuthorityError('login-failed', 'the agent takes no login: it is locked, or comes from another machine', {
      cause,
    })
  } finally {
    contents.fill(0)
  }
  try {
    if (answer.kind === 'extension') return Object(JSON.parse(decodeText(answer.contents)))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new AuthorityError('bad-answer', 'agent: an answer to a login expected')
}

/**
 * The base URL of the authority that an agent gets its certificates from. Throws `AuthorityError` (`login-failed` for
 * an agent that is none of an authority, `bad-answer`), `AgentError` (`unexpected-answer`, `agent-closed`).
 *
 * @example
 * ```ts
 * import { connectAgent, serveAgent } from 'hawser/agent-protocol'
 * import { agentAuthority, authorityClient, createCertificateAgent, keepTokens } from 'hawser/ca'
 * import { allTypes, ed25519 } from 'hawser/keys'
 *
 * const client = authorityClient({ url: 'https://ssh.example.com', types: allTypes })
 * const served = createCertificateAgent({ client, tokens: keepTokens(undefined), types: allTypes, keyType: ed25519 })
 * const [there, back] = [new TransformStream<Uint8Array>(), new TransformStream<Uint8Array>()]
 * void serveAgent({ readable: there.readable, writable: back.writable }, served)
 *
 * const agent = connectAgent({ readable: back.readable, writable: there.writable }) // openAgent() of hawser/node
 * console.log(await agentAuthority(agent)) // https://ssh.example.com
 * await agent.close()
 * ```
 */
export async function agentAuthority(agent: AgentClient): Promise<string> {
  const { authority } = await ask(agent, new Uint8Array(0))
  if (typeof authority === 'string') return authority
  throw new AuthorityError('bad-answer', 'agent: the URL of its authority expected')
}

/**
 * Hands a token to an agent, which asks its authority for a certificate at once; gives that certificate. Throws
 * `AuthorityError` (`login-failed`, `bad-answer`, and what the authority said), `AgentError` (`unexpected-answer`,
 * `agent-closed`), and as `parseCertificate`.
 *
 * @example
 * ```ts
 * import { connectAgent, serveAgent } from 'hawser/agent-protocol'
 * import { authorityClient, createCertificateAgent, keepTokens, loginToAgent, readToken } from 'hawser/ca'
 * import { allTypes, ed25519 } from 'hawser/keys'
 *
 * const client = authorityClient({ url: 'http://127.0.0.1:1/', types: allTypes }) // nobody is there
 * const served = createCertificateAgent({ client, tokens: keepTokens(undefined), types: allTypes, keyType: ed25519 })
 * const [there, back] = [new TransformStream<Uint8Array>(), new TransformStream<Uint8Array>()]
 * void serveAgent({ readable: there.readable, writable: back.writable }, served)
 *
 * const agent = connectAgent({ readable: back.readable, writable: there.writable }) // openAgent() of hawser/node
 * const login = loginToAgent(agent, readToken('a-token', 'example'), { types: allTypes })
 * await login.catch((error) => console.log(error.code)) // unreachable
 * await agent.close()
 * ```
 */
export async function loginToAgent(
  agent: AgentClient,
  { token, expires = 0 }: Token,
  options: KeyOptions,
): Promise<Certificate> {
  // A provider may tell parts of seconds, or more of them than there will be.
  const end = Number.isFinite(expires) ? Math.min(Math.max(0, Math.floor(expires)), Number.MAX_SAFE_INTEGER) : 0
  const contents = new Writer().string(encodeText(token)).u64(BigInt(end)).take()
  const { certificate, error } = await ask(agent, contents)
  if (typeof certificate === 'string') return parseCertificate(certificate, options)
  const { code, message } = Object(error) as { readonly code?: unknown; readonly message?: unknown }
  if (typeof code === 'string' && typeof message === 'string' && /^[a-z-]{1,64}$/.test(code)) {
    throw new AuthorityError(code, escapeText(message, 1000))
  }
  throw new AuthorityError('bad-answer', 'agent: a certificate expected')
}
