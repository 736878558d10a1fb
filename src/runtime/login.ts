/**
 * What a login needs of the system: a port of this machine that the browser comes back to (RFC 8252 section 7.3), the
 * browser, a program or a variable that gives a token. Through `node:http` and `node:child_process`, which Deno and Bun
 * have too. No shell stands between.
 */

import { spawn } from 'node:child_process'
import { timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { RedirectReceiver } from '../ca/browser-login.ts'
import { TOKEN_LENGTH } from '../ca/protocol.ts'
import { readToken, type TokenSource } from '../ca/token.ts'
import { AuthorityError } from '../errors.ts'
import { escapeText } from '../wire/text.ts'

/** Path that the browser comes back to. */
const PATH = '/callback'
/** Milliseconds for a request to say what it wants. */
const REQUEST = 5000
/** Most connections: a browser has six to a host. */
const CONNECTIONS = 32

/** The page at the end. It loads nothing, and nothing of what was sent stands in it. */
const page = (text: string): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>${text}</title><p>${text} You can close this page.`

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  connection: 'close',
}

function same(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/**
 * Waits at 127.0.0.1, on a port that the system picks, for the browser to come back with `state`. Every other request
 * is "not found" and ends nothing: another path, method, host or state, a state said twice.
 * Throws `AuthorityError` `login-failed` where nothing can be served.
 *
 * @example
 * ```ts
 * import { receiveRedirect } from 'hawser/node'
 *
 * const receiver = await receiveRedirect({ state: 'a-long-random-text' })
 * const answer = await fetch(`${receiver.redirectUri}?state=a-long-random-text&code=1`)
 * console.log(answer.status, new URL(await receiver.received).searchParams.get('code')) // 200 1
 * await receiver.close()
 * ```
 */
export async function receiveRedirect({ state }: { readonly state: string }): Promise<RedirectReceiver> {
  if (state.length < 16) throw new TypeError('state: at least 16 characters expected')
  let origin = ''
  let give: (url: string) => void = () => {}
  const received = new Promise<string>((resolve) => {
    give = resolve
  })
  /** The URL of a request that is the one waited for. */
  const wanted = ({ method, url = '', headers: { host } }: IncomingMessage): URL | undefined => {
    // A page elsewhere whose name leads here (DNS rebinding) names itself as the host.
    if (method !== 'GET' || `http://${host}` !== origin || !url.startsWith('/')) return undefined
    const asked = new URL(origin + url)
    const states = asked.searchParams.getAll('state')
    return asked.pathname === PATH && states.length === 1 && same(states[0]!, state) ? asked : undefined
  }
  let done = false
  const server = createServer({ requestTimeout: REQUEST, headersTimeout: REQUEST }, (request, response) => {
    const url = done ? undefined : wanted(request)
    request.resume()
    if (!url) {
      response.writeHead(404, headers).end(page('Nothing here.'))
      return
    }
    done = true
    const text = url.searchParams.has('error')
      ? 'The login did not succeed.'
      : 'Logged in, the rest is in the terminal.'
    response.writeHead(200, headers).end(page(text))
    response.once('close', () => give(url.href))
  })
  server.maxConnections = CONNECTIONS
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  } catch (cause) {
    throw new AuthorityError('login-failed', 'no port of this machine for the browser to come back to', { cause })
  }
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    redirectUri: origin + PATH,
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Starts a program and leaves it to itself; rejects where it does not start. */
function start(file: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: 'ignore', detached: true, windowsHide: true })
    child.once('error', reject)
    child.once('spawn', () => {
      child.unref()
      resolve()
    })
  })
}

/** Ways to open a URL, the first that starts is taken: those of BROWSER, else the system's. */
function browsers(url: string, named: string | undefined): (readonly string[])[] {
  if (named) {
    // As Debian's sensible-browser and Python's webbrowser read it: several with colons between, %s for the URL.
    const each = process.platform === 'win32' ? [named] : named.split(':')
    return each
      .map((one) => one.trim().split(/\s+/))
      .filter(([file]) => file)
      .map((words) =>
        words.some((word) => word.includes('%s')) ? words.map((word) => word.replaceAll('%s', url)) : [...words, url],
      )
  }
  if (process.platform === 'darwin') return [['open', url]]
  // Not "start", which is a word of cmd.exe, a shell.
  if (process.platform === 'win32') return [['rundll32', 'url.dll,FileProtocolHandler', url]]
  return [
    ['xdg-open', url],
    ['sensible-browser', url],
  ]
}

/**
 * Opens a URL in the person's browser: what BROWSER names, else the system's own. The URL is `https`, or `http` of this
 * machine. Other users of this machine may see it in the list of processes.
 * Throws `AuthorityError` `login-failed` where no browser starts, `TypeError` for another URL.
 *
 * @example
 * ```ts
 * import { openBrowser } from 'hawser/node'
 *
 * process.env.BROWSER = 'true' // in place of a browser: a program that does nothing
 * await openBrowser('https://login.example.com/device')
 * await openBrowser('file:///etc/passwd').catch((error) => console.log(error.message)) // url: an https URL expected
 * delete process.env.BROWSER
 * ```
 */
export async function openBrowser(url: string): Promise<void> {
  const { protocol, hostname, href } = new URL(url)
  const local = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)
  if (protocol !== 'https:' && !(protocol === 'http:' && local)) throw new TypeError('url: an https URL expected')
  let cause: unknown
  for (const [file, ...args] of browsers(href, process.env.BROWSER)) {
    try {
      await start(file!, args)
      return
    } catch (error) {
      cause = error
    }
  }
  throw new AuthorityError('login-failed', 'no browser starts (BROWSER can name one)', { cause })
}

/**
 * Tokens that a program writes to its standard output: the program and its arguments, without a shell. What it writes
 * to its standard error goes to ours. It is run anew for each token, and ended when nobody waits for it any more.
 * The source throws `AuthorityError` `login-failed`, which holds nothing of the output.
 *
 * @example
 * ```ts
 * import { keepTokens } from 'hawser/ca'
 * import { commandTokenSource } from 'hawser/node'
 *
 * const tokens = keepTokens(commandTokenSource([process.execPath, '-p', '"a-token"']))
 * console.log((await tokens.get()).token) // a-token
 * ```
 */
export function commandTokenSource(command: readonly string[]): TokenSource {
  const [file, ...args] = command
  if (!file) throw new TypeError('command: the name of a program expected')
  const name = `token command ${escapeText(file, 200)}`
  return ({ signal }) =>
    new Promise((resolve, reject) => {
      const fail = (what: string): void => reject(new AuthorityError('login-failed', `${name}: ${what}`))
      const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'], windowsHide: true })
      const abort = (): void => {
        child.kill()
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', abort, { once: true })
      let text = ''
      child.stdout.setEncoding('latin1').on('data', (piece: string) => {
        // White space around it may come on top.
        if (text.length <= 2 * TOKEN_LENGTH) text += piece
        else child.kill()
      })
      child.once('error', () => fail('it does not start'))
      child.once('close', (code, by) => {
        signal?.removeEventListener('abort', abort)
        if (text.length > 2 * TOKEN_LENGTH) return fail('it says too much')
        if (code !== 0) return fail(code === null ? `it was ended by ${by}` : `it ended with ${code}`)
        try {
          resolve(readToken(text, name))
        } catch (error) {
          reject(error)
        }
      })
      if (signal?.aborted) abort()
    })
}

/**
 * Tokens out of the environment, for CI. The source throws `AuthorityError` `login-failed` where there is none.
 *
 * @example
 * ```ts
 * import { keepTokens } from 'hawser/ca'
 * import { environmentTokenSource } from 'hawser/node'
 *
 * process.env.SSH_TOKEN = 'a-token'
 * console.log((await keepTokens(environmentTokenSource('SSH_TOKEN')).get()).token) // a-token
 * ```
 */
export function environmentTokenSource(name: string): TokenSource {
  return async () => readToken(process.env[name] ?? '', `environment variable ${escapeText(name, 200)}`)
}
