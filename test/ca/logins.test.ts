import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { browserTokenSource, deviceTokenSource, keepTokens, type Token } from '../../src/ca/index.ts'
import { receiveRedirect } from '../../src/runtime/login.ts'
import { type IdentityProvider, startIdentityProvider } from '../support/identity-provider.ts'

/** What a test leaves open. */
const left: (() => unknown)[] = []
afterEach(async () => {
  for (const end of left.splice(0).reverse()) await end()
})

async function provider(): Promise<IdentityProvider> {
  const made = await startIdentityProvider()
  left.push(() => made.close())
  return made
}

const options = ({ issuer }: IdentityProvider) => ({ issuer, clientId: 'ssh', scopes: ['openid', 'email'] })
const claims = ({ token }: Token) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())

/** A source whose browser goes where `go` sends it. */
function browser(idp: IdentityProvider, go: (url: string) => Promise<unknown> = fetch, more: object = {}) {
  const pages: Promise<string>[] = []
  const source = browserTokenSource({
    ...options(idp),
    receiveRedirect,
    openBrowser: async (url) => {
      const page = go(url).then((answer) => (answer instanceof Response ? answer.text() : ''))
      page.catch(() => {})
      pages.push(page)
    },
    ...more,
  })
  return { source, pages }
}

/** Rejects with that code; the error tells none of what the provider gave out. */
async function refuses(idp: IdentityProvider, work: Promise<unknown>, code: string, message: RegExp): Promise<void> {
  await assert.rejects(work, (error: Error & { code: string }) => {
    assert.equal(error.code, code, error.message)
    assert.match(error.message, message)
    const all = JSON.stringify([error.message, error.stack, Object(error.cause)])
    for (const secret of idp.secrets) assert.ok(!all.includes(secret), 'a secret in an error')
    return true
  })
}

describe('a login in a browser', () => {
  it('gives the ID token, with PKCE, state and nonce, and the browser a page that says so', async () => {
    const idp = await provider()
    const seen: URL[] = []
    const { source, pages } = browser(idp, (url) => {
      seen.push(new URL(url))
      return fetch(url)
    })
    const token = await source({})
    assert.equal(claims(token).email, 'alice@example.com')
    assert.equal(token.expires, claims(token).exp)
    const asked = seen[0]!.searchParams
    assert.equal(asked.get('code_challenge_method'), 'S256')
    assert.equal(asked.get('nonce'), claims(token).nonce)
    assert.equal(asked.get('scope'), 'openid email')
    for (const name of ['state', 'nonce', 'code_challenge']) assert.ok(asked.get(name)!.length >= 43, name)
    assert.match(await pages[0]!, /You can close this page/)
    // Nothing listens any more.
    await assert.rejects(fetch(asked.get('redirect_uri')!))
  })

  it('gives the access token where the authority is an audience of its own', async () => {
    const idp = await provider()
    const seen: URL[] = []
    const { source } = browser(
      idp,
      (url) => {
        seen.push(new URL(url))
        return fetch(url)
      },
      { audience: 'https://ssh.example.com' },
    )
    const token = await source({})
    assert.ok(!token.token.includes('.'))
    assert.ok(token.expires! > Date.now() / 1000 + 200)
    assert.equal(seen[0]!.searchParams.get('resource'), 'https://ssh.example.com')
  })

  it('is not ended by whoever does not know the state, and takes no code from him', async () => {
    const idp = await provider()
    const { source } = browser(idp, async (url) => {
      const redirect = new URL(url).searchParams.get('redirect_uri')!
      const state = new URL(url).searchParams.get('state')!
      for (const wrong of [
        `${redirect}?code=stolen&state=wrong`,
        `${redirect}?code=stolen`,
        `${redirect}?code=stolen&state=${state}&state=${state}`,
        `${redirect}/more?code=stolen&state=${state}`,
        `${redirect}?code=stolen&state=${state}x`,
      ]) {
        assert.equal((await fetch(wrong)).status, 404, wrong)
      }
      assert.equal((await fetch(`${redirect}?code=stolen&state=${state}`, { method: 'POST' })).status, 404)
      return fetch(url)
    })
    assert.equal(claims(await source({})).email, 'alice@example.com')
  })

  it('refuses a code of another login, whose verifier is another: PKCE', async () => {
    const idp = await provider()
    const { source } = browser(idp, async (url) => {
      const asked = new URL(url)
      asked.searchParams.set('code_challenge', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')
      return fetch(asked)
    })
    await refuses(idp, source({}), 'login-failed', /invalid_grant/)
  })

  it('refuses an answer of another issuer, and one without an issuer: mix-up', async () => {
    const idp = await provider()
    for (const iss of ['https://other.example', null]) {
      idp.behave.iss = iss
      await refuses(idp, browser(idp).source({}), 'login-failed', /iss/)
    }
    // The code never went to the token endpoint.
    assert.ok(!idp.requests.includes('POST /token'))
    delete idp.behave.iss
    idp.behave.issuer = 'https://other.example'
    await refuses(idp, browser(idp).source({}), 'login-failed', /issuer/)
  })

  it('refuses an ID token of another login, and none', async () => {
    const idp = await provider()
    idp.behave.nonce = 'another'
    await refuses(idp, browser(idp).source({}), 'login-failed', /nonce/)
    delete idp.behave.nonce
    idp.behave.noIdToken = true
    await refuses(idp, browser(idp).source({}), 'login-failed', /id_token/)
    delete idp.behave.noIdToken
  })

  it('says what the provider says where the person says no, escaped', async () => {
    const idp = await provider()
    idp.behave.error = 'access_denied\u001b[2J'
    await refuses(idp, browser(idp).source({}), 'login-failed', /access_denied\\x1b/)
  })

  it('sends nobody to an endpoint without TLS', async () => {
    const idp = await provider()
    idp.behave.metadata = { authorization_endpoint: 'http://login.example.com/authorize' }
    await refuses(idp, browser(idp).source({}), 'bad-answer', /https/)
    idp.behave.metadata = { token_endpoint: 'http://login.example.com/token' }
    await refuses(idp, browser(idp).source({}), 'bad-answer', /https/)
    await assert.rejects(browser({ ...idp, issuer: 'http://login.example.com' }).source({}), { code: 'bad-answer' })
  })

  it('refuses redirects, huge answers, and what is no JSON, of the provider', async () => {
    const idp = await provider()
    idp.behave.token = (response) => response.writeHead(302, { location: 'https://elsewhere.example' }).end()
    await refuses(idp, browser(idp).source({}), 'bad-answer', /redirect/)
    idp.behave.token = (response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('x'.repeat(2 ** 20))
    await refuses(idp, browser(idp).source({}), 'bad-answer', /octets/)
    idp.behave.token = (response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"access_token":')
    await refuses(idp, browser(idp).source({}), 'login-failed', /./)
    idp.behave.token = () => {}
    await refuses(idp, browser(idp, fetch, { timeout: 200 }).source({}), 'unreachable', /within 0.2 s/)
  })

  it('goes on where no browser opens, and tells the URL', async () => {
    const idp = await provider()
    const errors: unknown[] = []
    const source = browserTokenSource({
      ...options(idp),
      receiveRedirect,
      openBrowser: () => Promise.reject(new Error('none')),
      onUrl: (url) => void fetch(url),
      onError: (error) => errors.push(error),
    })
    assert.equal(claims(await source({})).email, 'alice@example.com')
    assert.equal(errors.length, 1)
  })

  it('ends with the signal, and listens no more', async () => {
    const idp = await provider()
    const ending = new AbortController()
    let redirect = ''
    const { source } = browser(idp, async (url) => {
      redirect = new URL(url).searchParams.get('redirect_uri')!
      ending.abort(new Error('enough'))
    })
    await assert.rejects(source({ signal: ending.signal }), /enough/)
    for (let waits = 0; ; waits++) {
      const answer = await fetch(redirect).catch(() => undefined)
      if (!answer) break
      assert.ok(waits < 1000, 'it still listens')
      await new Promise((done) => setTimeout(done, 10))
    }
  })

  it('refreshes without the person, while the provider lets it', async () => {
    const idp = await provider()
    idp.behave.refresh = true
    let opened = 0
    const { source } = browser(idp, (url) => {
      opened++
      return fetch(url)
    })
    const tokens = [await source({}), await source({}), await source({})]
    assert.equal(opened, 1)
    assert.equal(new Set(tokens.map(({ token }) => token)).size, 3)
    idp.behave.refresh = false
    await source({})
    await source({})
    assert.equal(opened, 2)
  })

  it('asks the person again once all was forgotten: a refresh token is no way back', async () => {
    const idp = await provider()
    idp.behave.refresh = true
    let opened = 0
    const { source } = browser(idp, (url) => {
      opened++
      return fetch(url)
    })
    const tokens = keepTokens(source)
    const { token } = await tokens.get()
    // The authority did not take it: there may be a better one.
    tokens.forget(token)
    await tokens.get()
    assert.equal(opened, 1)
    tokens.forget()
    await tokens.get()
    assert.equal(opened, 2)
    assert.equal(idp.requests.filter((asked) => asked === 'POST /token').length, 3)
  })
})

describe('a login on another machine', () => {
  it('shows where to go, and asks as slowly as it is told', async () => {
    const idp = await provider()
    Object.assign(idp.behave, { slowDown: 1, pending: 2 })
    const [prompts, delays]: [object[], number[]] = [[], []]
    const source = deviceTokenSource({
      ...options(idp),
      onPrompt: (prompt) => prompts.push(prompt),
      delay: async (ms) => void delays.push(ms),
    })
    assert.equal(claims(await source({})).email, 'alice@example.com')
    const url = `${idp.issuer}/activate`
    assert.deepEqual(prompts, [{ url, completeUrl: `${url}?user_code=WDJB-MJHT`, code: 'WDJB-MJHT', seconds: 60 }])
    assert.deepEqual(delays, [1000, 6000, 6000, 6000])
  })

  it('ends where the person says no, where the code runs out, and with the signal', async () => {
    const idp = await provider()
    const source = (more: object = {}) =>
      deviceTokenSource({ ...options(idp), onPrompt: () => {}, delay: async () => {}, ...more })
    idp.behave.error = 'access_denied'
    await refuses(idp, source()({}), 'login-failed', /access_denied/)
    delete idp.behave.error
    idp.behave.pending = Infinity
    let now = Date.now()
    const clock = () => now
    const late = source({
      clock,
      delay: async () => {
        now += 20_000
      },
    })
    await refuses(idp, late({}), 'login-failed', /in time/)
    await assert.rejects(source({ delay: undefined })({ signal: AbortSignal.timeout(50) }), { name: 'TimeoutError' })
  })

  it('shows no place to log in that has no TLS', async () => {
    const idp = await provider()
    const fetching: typeof fetch = async (url, init) => {
      const answer = await fetch(url, init)
      if (!String(url).endsWith('/device')) return answer
      const facts = (await answer.json()) as object
      return Response.json({ ...facts, verification_uri: 'http://login.example.com' })
    }
    const prompts: object[] = []
    const source = deviceTokenSource({
      ...options(idp),
      fetch: fetching as never,
      onPrompt: (prompt) => prompts.push(prompt),
    })
    await refuses(idp, source({}), 'bad-answer', /https/)
    assert.deepEqual(prompts, [])
  })
})
