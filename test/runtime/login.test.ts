import assert from 'node:assert/strict'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type * as Login from '../../src/runtime/login.ts'

/** The folder of the runtime that this runs in. */
const { commandTokenSource, environmentTokenSource, openBrowser, receiveRedirect }: typeof Login =
  'Deno' in globalThis
    ? await import('../../src/runtime/deno/index.ts')
    : 'Bun' in globalThis
      ? await import('../../src/runtime/bun/index.ts')
      : await import('../../src/runtime/node/index.ts')

const left: (() => unknown)[] = []
afterEach(async () => {
  for (const end of left.splice(0).reverse()) await end()
})

const STATE = 'a-state-that-nobody-can-guess'

async function receiver() {
  const made = await receiveRedirect({ state: STATE })
  left.push(() => made.close())
  return made
}

/** The first line of what a server answers to octets that no client would send. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    socket.setEncoding('latin1').on('data', (piece: string) => {
      answer += piece
    })
    socket.on('error', reject).on('close', () => resolve(answer.split('\r\n')[0]!))
    socket.end(text)
  })
}

describe('the port that a browser comes back to', () => {
  it('gives the URL of the one request with its state, and shows a page that loads nothing', async () => {
    const { redirectUri, received, close } = await receiver()
    assert.match(redirectUri, /^http:\/\/127\.0\.0\.1:\d+\/callback$/)
    const url = `${redirectUri}?code=c%20d&state=${STATE}`
    const answer = await fetch(url)
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('content-security-policy'), "default-src 'none'; frame-ancestors 'none'")
    assert.equal(answer.headers.get('referrer-policy'), 'no-referrer')
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    const text = await answer.text()
    assert.match(text, /Logged in.*You can close this page/)
    assert.ok(!text.includes('c d') && !text.includes(STATE))
    assert.equal(await received, url)
    assert.equal((await fetch(url)).status, 404)
    await close()
    await assert.rejects(fetch(url))
  })

  it('says "not found" to all others, and still waits', async () => {
    const { redirectUri, received } = await receiver()
    const { port, host } = new URL(redirectUri)
    const good = `/callback?state=${STATE}&code=1`
    for (const path of [
      '/',
      '/favicon.ico',
      '/callback',
      '/callback?state=',
      `/callback?state=${STATE}x`,
      `/callback/?state=${STATE}`,
      `/callback?state=${STATE}&state=${STATE}`,
      `//evil/callback?state=${STATE}`,
    ])
      assert.equal((await fetch(`http://${host}${path}`)).status, 404, path)
    for (const method of ['POST', 'HEAD', 'OPTIONS', 'DELETE'])
      assert.equal((await fetch(`http://${host}${good}`, { method })).status, 404, method)
    // A page whose name leads to this machine names itself.
    assert.match(await raw(Number(port), `GET ${good} HTTP/1.1\r\nHost: evil.example:${port}\r\n\r\n`), / 404 /)
    assert.match(
      await raw(Number(port), `GET http://evil.example${good} HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
      / 40[04] /,
    )
    assert.ok(!/ 200 /.test(await raw(Number(port), 'rubbish\r\n\r\n')))
    assert.equal(await Promise.race([received, sleep(20, 'waits')]), 'waits')
    assert.equal((await fetch(`http://${host}${good}`)).status, 200)
    assert.match(await received, /code=1/)
  })

  it('tells the person where the login did not succeed', async () => {
    const { redirectUri, received } = await receiver()
    const answer = await fetch(`${redirectUri}?error=access_denied&state=${STATE}`)
    assert.match(await answer.text(), /did not succeed/)
    assert.match(await received, /error=access_denied/)
  })

  it('takes no state that could be guessed', async () => {
    await assert.rejects(receiveRedirect({ state: 'short' }), TypeError)
  })
})

describe('opening a browser', { skip: process.platform === 'win32' && 'scripts of Unix' }, () => {
  it('starts what BROWSER names, without a shell, the next where one does not start', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hawser-test-'))
    const before = process.env.BROWSER
    left.push(() => rm(folder, { recursive: true }))
    left.push(() => {
      if (before === undefined) delete process.env.BROWSER
      else process.env.BROWSER = before
    })
    const script = join(folder, 'browser')
    const log = join(folder, 'log')
    await writeFile(script, `#!/bin/sh\nprintf '%s|' "$@" > '${log}.new'\nmv '${log}.new' '${log}'\n`)
    await chmod(script, 0o700)
    const opened = async (): Promise<string> => {
      for (let waits = 0; ; waits++) {
        const text = await readFile(log, 'utf8').catch(() => '')
        if (text) return text
        assert.ok(waits < 3000)
        await sleep(20)
      }
    }
    const url = 'https://login.example/?a=$(touch%20x)&b=`id`;c'
    process.env.BROWSER = `/nowhere/browser:${script} --new %s`
    await openBrowser(url)
    assert.equal(await opened(), `--new|${new URL(url).href}|`)
    await rm(log)
    process.env.BROWSER = script
    await openBrowser('http://127.0.0.1:1/x')
    assert.equal(await opened(), 'http://127.0.0.1:1/x|')
    process.env.BROWSER = '/nowhere/browser'
    await assert.rejects(openBrowser(url), { code: 'login-failed' })
    for (const wrong of ['http://login.example', 'file:///etc/passwd', 'javascript:alert(1)', '--help'])
      await assert.rejects(openBrowser(wrong), TypeError, wrong)
  })
})

describe('tokens of programs and variables', () => {
  const node = (script: string) => commandTokenSource([process.execPath, '-e', script])
  const secret = 'secret-of-a-program'
  const refuses = async (work: Promise<unknown>, message: RegExp) =>
    assert.rejects(work, (error: Error & { code: string }) => {
      assert.equal(error.code, 'login-failed')
      assert.match(error.message, message)
      assert.ok(!JSON.stringify([error.message, error.stack, String(error.cause)]).includes('secret-of'))
      return true
    })

  it('a program is run anew each time, and its output is the token', {
    skip: 'Deno' in globalThis && 'no -e',
  }, async () => {
    assert.deepEqual(await node(`console.log('  a-token\\n')`)({}), { token: 'a-token', expires: undefined })
    const jwt = `e30.${Buffer.from('{"exp":1800000000.5}').toString('base64url')}.c2ln`
    assert.deepEqual(await node(`process.stdout.write('${jwt}')`)({}), { token: jwt, expires: 1_800_000_000 })
  })

  it('what goes wrong tells nothing of the output', { skip: 'Deno' in globalThis && 'no -e' }, async () => {
    await refuses(node(`console.log('${secret}'); process.exitCode = 3`)({}), /ended with 3/)
    await refuses(node(`console.log('${secret} and more')`)({}), /a token expected/)
    await refuses(node(';')({}), /nothing found/)
    await refuses(node(`console.log('${secret}'.repeat(1000))`)({}), /a token expected/)
    await refuses(node(`for (;;) require('fs').writeSync(1, '${secret}'.repeat(1000))`)({}), /too much/)
    await refuses(commandTokenSource(['/nowhere/program'])({}), /does not start/)
    await assert.rejects(node('setInterval(() => {}, 1000)')({ signal: AbortSignal.timeout(100) }), {
      name: 'TimeoutError',
    })
    assert.throws(() => commandTokenSource([]), TypeError)
  })

  it('a variable is one, or there is none', async () => {
    process.env.HAWSER_TEST_TOKEN = ' a-token\n'
    left.push(() => {
      delete process.env.HAWSER_TEST_TOKEN
    })
    assert.deepEqual(await environmentTokenSource('HAWSER_TEST_TOKEN')({}), { token: 'a-token', expires: undefined })
    process.env.HAWSER_TEST_TOKEN = 'secret-of a-variable'
    await refuses(environmentTokenSource('HAWSER_TEST_TOKEN')({}), /HAWSER_TEST_TOKEN: a token expected/)
    await refuses(environmentTokenSource('HAWSER_NO_SUCH')({}), /nothing found/)
  })
})
