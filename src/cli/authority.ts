/** What the commands that ask an authority share: the client, where its tokens come from, what people are told. */

import { browserTokenSource } from '../ca/browser-login.ts'
import { certificateOwner, timeLeft } from '../ca/certificate-supply.ts'
import { type AuthorityClient, authorityClient } from '../ca/client.ts'
import { deviceTokenSource } from '../ca/device-login.ts'
import type { Token, TokenSource } from '../ca/token.ts'
import { AuthorityError } from '../errors.ts'
import type { Certificate } from '../index.ts'
import { allTypes } from '../keys/index.ts'
import { commandTokenSource, environmentTokenSource, openBrowser, receiveRedirect } from '../runtime/login.ts'
import { needed, UsageError } from './arguments.ts'
import { errorFacts, shown, tell } from './output.ts'

/** Options of a command that needs a token. */
export const tokenOptions = {
  login: { type: 'string' },
  'token-command': { type: 'string' },
  'token-env': { type: 'string' },
} as const

/** What was given for them. */
export interface TokenArguments {
  readonly login?: string | undefined
  readonly 'token-command'?: string | undefined
  readonly 'token-env'?: string | undefined
}

/** The authority that an option names. */
export function clientOf(url: string | undefined): AuthorityClient {
  try {
    return authorityClient({ url: needed(url, 'authority'), types: allTypes })
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new UsageError(`--authority: ${error.message.replace(/^url: /, '')}`)
  }
}

/**
 * The words of a command line: apart at white space, together in quotes. There are no variables, no pipes and no
 * escapes: whoever wants a shell names one.
 */
export function commandWords(text: string): string[] {
  const words = text.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? []
  const rest = text.replace(/(?:[^\s"']|"[^"]*"|'[^']*')+/g, '')
  if (words.length === 0 || rest.trim() !== '') {
    throw new UsageError('--token-command: a program and its arguments expected, quotes closed')
  }
  return words.map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, '$1$2'))
}

const logins = ['browser', 'device', 'command', 'environment'] as const

/** Which way to a token was asked for. Throws {@link UsageError}. */
function loginOf(given: TokenArguments): (typeof logins)[number] {
  const { login, 'token-command': command, 'token-env': variable } = given
  if (command !== undefined && variable !== undefined) {
    throw new UsageError('--token-command and --token-env exclude each other')
  }
  const implied = command !== undefined ? 'command' : variable !== undefined ? 'environment' : undefined
  const chosen = login ?? implied ?? 'browser'
  const found = logins.find((name) => name === chosen)
  if (!found) throw new UsageError(`--login: ${logins.join(', ')} expected`)
  if (implied !== undefined && implied !== found) throw new UsageError(`--login ${found} takes no other token`)
  return found
}

/** Where tokens for the authority come from. `left` says how long a person has. Throws {@link UsageError}. */
export function tokenSource(
  given: TokenArguments,
  client: Pick<AuthorityClient, 'login'>,
  left: () => string = () => '',
): TokenSource {
  const login = loginOf(given)
  if (login === 'command') return commandTokenSource(commandWords(needed(given['token-command'], 'token-command')))
  if (login === 'environment') {
    return environmentTokenSource(given['token-env'] ?? 'HAWSER_TOKEN')
  }
  /** Made when it is first needed, since the authority says which provider it is; it keeps a refresh token. */
  let made: TokenSource | undefined
  return async (request) => {
    made ??= personSource(login, await client.login(request), left)
    return made(request)
  }
}

function personSource(
  login: 'browser' | 'device',
  provider: Awaited<ReturnType<AuthorityClient['login']>>,
  left: () => string,
): TokenSource {
  if (login === 'device') {
    return deviceTokenSource({
      ...provider,
      onPrompt: ({ url, completeUrl, code }) => {
        tell(`log in at ${url} with the code ${code}${left()}`)
        if (completeUrl !== undefined) tell(`or at ${completeUrl}`)
      },
    })
  }
  return browserTokenSource({
    ...provider,
    openBrowser,
    receiveRedirect,
    onUrl: (url) => tell(`log in in the browser${left()}; where none opens, at ${shown(url)}`),
    onError: (error) => tell(errorFacts(error).message),
  })
}

/** Seconds for a person, or a program, to come by a token where no ssh waits. */
export const PATIENCE = 300

/** A token, within {@link PATIENCE}. Throws `AuthorityError` `login-failed`. */
export async function waitForToken(source: TokenSource): Promise<Token> {
  const signal = AbortSignal.timeout(PATIENCE * 1000)
  try {
    return await source({ signal })
  } catch (error) {
    if (error !== signal.reason) throw error
    throw new AuthorityError('login-failed', `nobody logged in within ${PATIENCE} s`)
  }
}

/** A certificate in one line for people. */
export function certificateLine(certificate: Certificate): string {
  const left = Number(certificate.validBefore) - Date.now() / 1000
  const principals = certificate.principals.map(shown).join(', ')
  return `${certificateOwner(certificate)}: ${principals} (${timeLeft(left)}, serial ${certificate.serial})`
}

/** The same as JSON. */
export function certificateFacts(certificate: Certificate): object {
  const { keyId, serial, principals, validAfter, validBefore } = certificate
  return { owner: certificateOwner(certificate), keyId, serial, principals, validAfter, validBefore }
}
