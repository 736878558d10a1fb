import assert from 'node:assert/strict'
import { it } from 'node:test'
import { keepTokens, loginToAgent, readToken, type Token } from '../../src/ca/index.ts'
import { decodeLogin } from '../../src/ca/login-extension.ts'
import { singleFlight } from '../../src/ca/single-flight.ts'
import { tokenExpiry } from '../../src/ca/token.ts'
import { utf8 } from '../support/bytes.ts'

it('a token is asked for once, kept until it ends, and forgotten when told', async () => {
  let now = 1_000_000
  let asked = 0
  const source = async (): Promise<Token> => ({ token: `t${++asked}`, expires: 1100 })
  const tokens = keepTokens(source, { clock: () => now })
  const many = await Promise.all([tokens.get(), tokens.get(), tokens.get()])
  assert.deepEqual(
    many.map(({ token }) => token),
    ['t1', 't1', 't1'],
  )
  now = 1_089_000
  assert.equal((await tokens.get()).token, 't1')
  now = 1_090_000
  assert.equal((await tokens.get()).token, 't2')
  tokens.accept({ token: 'mine' })
  assert.equal((await tokens.get()).token, 'mine')
  tokens.forget('another')
  assert.equal((await tokens.get()).token, 'mine')
  tokens.forget('mine')
  assert.equal((await tokens.get()).token, 't3')
  tokens.forget()
  await assert.rejects(keepTokens(undefined).get(), { code: 'login-required' })
})

it('a failure is not kept', async () => {
  let fails = true
  const tokens = keepTokens(async () => {
    if (fails) throw new Error('no')
    return { token: 't' }
  })
  await assert.rejects(tokens.get(), /no/)
  fails = false
  assert.equal((await tokens.get()).token, 't')
})

it('when a token ends is read where it is a JWT, and never a reason to fail', () => {
  const jwt = (payload: string) => `e30.${Buffer.from(payload).toString('base64url')}.x`
  assert.equal(tokenExpiry(jwt('{"exp":12.9}')), 12)
  for (const odd of [
    'a',
    'a.b',
    'a.b.c',
    jwt('{'),
    jwt('null'),
    jwt('{"exp":"1"}'),
    jwt('{"exp":null}'),
    jwt('[]'),
    `e30.!.x`,
  ])
    assert.equal(tokenExpiry(odd), undefined, odd)
  assert.deepEqual(readToken(' abc==\n', 'x'), { token: 'abc==', expires: undefined })
  for (const odd of ['', 'a b', 'a\u0000', 'ä', 'a\nb', '=', 'x'.repeat(16_385)])
    assert.throws(() => readToken(odd, 'x'), { code: 'login-failed' }, odd.slice(0, 9))
})

it('shared work is done once, goes on while anybody waits, and is started anew when all have gone', async () => {
  const runs: { signal: { readonly aborted: boolean }; done: (value: number) => void }[] = []
  const fly = singleFlight<number>((signal) => new Promise((done) => runs.push({ signal, done })))
  const [one, two] = [new AbortController(), new AbortController()]
  const waits = [fly(one.signal), fly(two.signal)]
  one.abort(new Error('one'))
  await assert.rejects(waits[0]!, /one/)
  assert.equal(runs[0]!.signal.aborted, false)
  runs[0]!.done(5)
  assert.equal(await waits[1], 5)
  const third = fly(two.signal)
  two.abort(new Error('two'))
  await assert.rejects(third, /two/)
  assert.equal(runs[1]!.signal.aborted, true)
  const fourth = fly()
  runs[2]!.done(6)
  assert.equal(await fourth, 6)
  await assert.rejects(fly(two.signal), /two/)
  assert.equal(runs.length, 3)
})

it('an end of a token with parts of seconds, or out of all bounds, goes to an agent as whole seconds', async () => {
  for (const [expires, told] of [
    [1_800_000_000.75, 1_800_000_000],
    [2 ** 64, Number.MAX_SAFE_INTEGER],
    [1e300, Number.MAX_SAFE_INTEGER],
    [-5, undefined],
    [Number.NaN, undefined],
    [undefined, undefined],
  ] as const) {
    let contents = new Uint8Array(0)
    const agent = {
      extension: (_name: string, given: Uint8Array) => {
        contents = new Uint8Array(given)
        return Promise.resolve({ kind: 'extension', name: 'login@hawser', contents: utf8('{}') })
      },
    }
    await assert.rejects(loginToAgent(agent as never, { token: 'a-token', expires }, { types: [] }), {
      code: 'bad-answer',
    })
    assert.equal(decodeLogin(contents)?.expires, told, String(expires))
  }
})
