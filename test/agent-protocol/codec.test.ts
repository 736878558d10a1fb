import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type AgentRequest,
  type AgentResponse,
  type Constraint,
  decodeQueryAnswer,
  decodeRequest,
  decodeResponse,
  decodeSessionBind,
  encodeQueryAnswer,
  encodeRequest,
  encodeResponse,
  encodeSessionBind,
  wipeRequest,
} from '../../src/agent-protocol/index.ts'
import { FormatError, LimitError, SshError } from '../../src/errors.ts'
import { Writer } from '../../src/wire/writer.ts'
import { concat, flipped, hex, octets, repeatable, toHex, utf8 } from '../support/bytes.ts'
import { exchanges } from './exchanges.ts'

// Many thousand errors are made here; their stacks would take most of the time.
Error.stackTraceLimit = 0

const none = hex('')
const key = utf8('a key blob')
const host = { user: '', host: 'hosta', keys: [{ key, authority: true }] }
const origin = { user: '', host: '', keys: [] }

const everyConstraint: readonly Constraint[] = [
  { kind: 'lifetime', seconds: 0xffffffff },
  { kind: 'confirm' },
  { kind: 'sk-provider', provider: '/lib/sk.so' },
  {
    kind: 'restrict-destination',
    destinations: [
      { from: origin, to: { ...host, user: 'alice' } },
      { from: host, to: { user: '', host: 'hostb', keys: [host.keys[0]!, { key: hex('00'), authority: false }] } },
    ],
  },
  { kind: 'associated-certs', certificatesOnly: true, certificates: [key, utf8('another')] },
]

const token = { token: '/lib/p11.so', pin: utf8('1234') }
const withToken = (constraints: readonly Constraint[]): AgentRequest => ({
  kind: 'add-token',
  ...token,
  constraints,
  constrained: true,
})

const requests: Readonly<Record<string, AgentRequest>> = {
  '0b': { kind: 'list' },
  '0b78797a': { kind: 'list', trailing: utf8('xyz') },
  '0d 0000000a 61206b657920626c6f62 00000002 6869 00000004': { kind: 'sign', key, data: utf8('hi'), flags: 4 },
  '11 0102': { kind: 'add', constrained: false, contents: hex('0102') },
  '19 0102': { kind: 'add', constrained: true, contents: hex('0102') },
  '12 0000000a 61206b657920626c6f62': { kind: 'remove', key },
  '13': { kind: 'remove-all' },
  '09': { kind: 'remove-all', legacy: true },
  '14 0000000b 2f6c69622f7031312e736f 00000004 31323334': {
    kind: 'add-token',
    ...token,
    constraints: [],
    constrained: false,
  },
  '1a 0000000b 2f6c69622f7031312e736f 00000004 31323334 01 0000003c 02': withToken([
    { kind: 'lifetime', seconds: 60 },
    { kind: 'confirm' },
  ]),
  '15 0000000b 2f6c69622f7031312e736f 00000004 31323334': { kind: 'remove-token', ...token },
  '16 00000001 78': { kind: 'lock', passphrase: utf8('x') },
  '17 00000001 78': { kind: 'unlock', passphrase: utf8('x') },
  '1b 00000005 7175657279': { kind: 'extension', name: 'query', contents: none },
  '1b 00000003 614062 0102': { kind: 'extension', name: 'a@b', contents: hex('0102') },
  '01': { kind: 'unknown', type: 1, contents: none },
  'c8 00': { kind: 'unknown', type: 200, contents: hex('00') },
}

const responses: Readonly<Record<string, AgentResponse>> = {
  '05': { kind: 'failure' },
  '1e': { kind: 'failure', legacy: 30 },
  '66': { kind: 'failure', legacy: 102 },
  '06': { kind: 'success' },
  '06 00': { kind: 'success', contents: hex('00') },
  '0c 00000000': { kind: 'identities', identities: [] },
  '0c 00000001 00000001 ff 00000003 63ff00': {
    kind: 'identities',
    identities: [{ key: hex('ff'), comment: 'c\udcff\0' }],
  },
  '0e 00000002 0102': { kind: 'signature', signature: hex('0102') },
  '1c': { kind: 'extension-failure' },
  '1d 00000001 61 62': { kind: 'extension', name: 'a', contents: utf8('b') },
  '02 00': { kind: 'unknown', type: 2, contents: hex('00') },
}

describe('requests', () => {
  for (const [text, request] of Object.entries(requests)) {
    it(`${text} is ${request.kind}, and the other way round`, () => {
      assert.deepEqual(decodeRequest(hex(text)), request)
      assert.equal(toHex(encodeRequest(request)), toHex(hex(text)))
    })
  }

  it('hold copies, also of a Buffer', () => {
    const message = Buffer.from(hex('16 00000001 78'))
    const request = decodeRequest(message)
    message.fill(0)
    assert.deepEqual(request, { kind: 'lock', passphrase: utf8('x') })
  })

  it('are wiped of what is secret', () => {
    for (const [text, request] of Object.entries(requests)) {
      const mine = decodeRequest(hex(text))
      wipeRequest(mine)
      const wiped = ['add', 'add-token', 'remove-token', 'lock', 'unlock'].includes(request.kind)
      assert.equal(toHex(encodeRequest(mine)) !== toHex(hex(text)), wiped, text)
    }
  })

  it('are refused where something is missing', () => {
    for (const text of ['', '0d', '12 00000002 00', '1b', '16', '14 00000000', '1b 00000001 00', '1a 00000001 00']) {
      assert.throws(() => decodeRequest(hex(text)), FormatError, text)
    }
    assert.throws(() => decodeRequest(hex('16 ffffffff')), { code: 'truncated' })
  })
})

describe('responses', () => {
  for (const [text, response] of Object.entries(responses)) {
    it(`${text} is ${response.kind}, and the other way round`, () => {
      assert.deepEqual(decodeResponse(hex(text)), response)
      assert.equal(toHex(encodeResponse(response)), toHex(hex(text)))
    })
  }

  it('are refused with octets behind them', () => {
    for (const text of ['0500', '1c00', '0c0000000000', '0e0000000000']) {
      assert.throws(() => decodeResponse(hex(text)), { code: 'trailing-bytes' }, text)
    }
  })

  it('hold at most 2048 identities, and a count is believed only as far as there are octets', () => {
    const list = (count: number): Uint8Array => concat(hex('0c'), u32(count), new Uint8Array(count * 8))
    const response = decodeResponse(list(2048))
    assert.equal(response.kind === 'identities' && response.identities.length, 2048)
    assert.throws(() => decodeResponse(list(2049)), LimitError)
    assert.throws(() => decodeResponse(hex('0c ffffffff')), LimitError)
    assert.throws(() => decodeResponse(hex('0c 00000800')), { code: 'truncated' })
  })

  it('to an extension may use the numbers of others in a form of their own', () => {
    const asked = decodeRequest(hex('1b 00000001 61'))
    for (const type of [12, 14, 77]) {
      const answer = Uint8Array.of(type, 1, 2)
      assert.deepEqual(decodeResponse(answer, asked), { kind: 'unknown', type, contents: hex('0102') })
      if (type !== 77) assert.throws(() => decodeResponse(answer), FormatError)
    }
    assert.deepEqual(decodeResponse(hex('1c'), asked), { kind: 'extension-failure' })
  })
})

function u32(value: number): Uint8Array {
  return new Writer().u32(value).take()
}

/** The constraints of an added token, decoded. */
function constraintsOf(text: string | Uint8Array): readonly Constraint[] {
  const head = encodeRequest(withToken([]))
  const request = decodeRequest(concat(head, typeof text === 'string' ? hex(text) : text))
  assert.equal(request.kind, 'add-token')
  return request.kind === 'add-token' ? request.constraints : []
}

/** The destination constraint of the octets of one `constraint` string or more. */
function destination(...constraints: Uint8Array[]): Uint8Array {
  const list = new Writer()
  for (const constraint of constraints) list.string(constraint)
  return new Writer().u8(255).string('restrict-destination-v00@openssh.com').string(list.take()).take()
}

function hop(user: string, name: string, reserved: string, ...keys: string[]): Uint8Array {
  const writer = new Writer().string(user).string(name).string(reserved)
  for (const blob of keys) writer.string(blob).u8(0)
  return writer.take()
}

function hops(from: Uint8Array, to: Uint8Array, reserved = ''): Uint8Array {
  return new Writer().string(from).string(to).string(reserved).take()
}

describe('constraints', () => {
  it('of every kind survive', () => {
    const message = encodeRequest(withToken(everyConstraint))
    assert.deepEqual(decodeRequest(message), withToken(everyConstraint))
    for (let i = 0; i < everyConstraint.length; i++) {
      assert.deepEqual(decodeRequest(encodeRequest(withToken([everyConstraint[i]!]))), withToken([everyConstraint[i]!]))
    }
  })

  it('stand in a message without a number for constraints, too', () => {
    const request = { ...withToken([{ kind: 'confirm' }]), constrained: false } as AgentRequest
    assert.equal(encodeRequest(request)[0], 20)
    assert.deepEqual(decodeRequest(encodeRequest(request)), request)
  })

  it('under the old number 3 are told apart from those under 255', () => {
    for (const constraint of everyConstraint.slice(2) as Extract<Constraint, { legacy?: true | undefined }>[]) {
      const old: Constraint = { ...constraint, legacy: true }
      const message = encodeRequest(withToken([old]))
      assert.deepEqual(decodeRequest(message), withToken([old]))
      assert.equal(message[encodeRequest(withToken([])).length], 3)
    }
  })

  it('that are not known keep all that follows', () => {
    assert.deepEqual(constraintsOf('02 09 01 0000003c'), [
      { kind: 'confirm' },
      { kind: 'unknown', type: 9, contents: hex('01 0000003c') },
    ])
    assert.deepEqual(constraintsOf('ff 00000003 614062 02'), [{ kind: 'extension', name: 'a@b', contents: hex('02') }])
    assert.deepEqual(constraintsOf('03 00000003 614062'), [
      { kind: 'extension', legacy: true, name: 'a@b', contents: none },
    ])
    for (const text of ['09 00', 'ff 00000003 614062 02', '03 00000000 02']) {
      assert.equal(toHex(encodeRequest(withToken(constraintsOf(text)))).slice(-hex(text).length * 2), toHex(hex(text)))
    }
  })

  it('are refused twice, as by ssh-agent', () => {
    for (const one of ['01 0000003c', '02', toHex(destination(hops(hop('', '', ''), hop('', 'h', '', 'k'))))]) {
      assert.equal(constraintsOf(one).length, 1)
      assert.throws(() => constraintsOf(one + one), { code: 'bad-value' }, one)
    }
  })

  it('of destinations are refused where they do not hold', () => {
    const from = hop('', '', '')
    const to = hop('', 'h', '', 'k')
    assert.equal(constraintsOf(destination(hops(from, to))).length, 1)
    const wrong: Readonly<Record<string, Uint8Array>> = {
      'no constraint at all, which ssh-agent reads as none': destination(),
      'to without host': destination(hops(from, hop('', '', '', 'k'))),
      'to without keys': destination(hops(from, hop('', 'h', ''))),
      'from with a host and no keys': destination(hops(hop('', 'h', ''), to)),
      'from with keys and no host': destination(hops(hop('', '', '', 'k'), to)),
      'from with a user': destination(hops(hop('u', 'h', '', 'k'), to)),
      'something reserved in from': destination(hops(hop('', '', 'x'), to)),
      'something reserved in to': destination(hops(from, hop('', 'h', 'x', 'k'))),
      'something reserved behind': destination(hops(from, to, 'x')),
      'something behind that': destination(concat(hops(from, to), hex('00'))),
      'a user of 257 characters': destination(hops(from, hop('u'.repeat(257), 'h', '', 'k'))),
      'a key cut': destination(hops(from, to.slice(0, -1))),
      'one good and one bad': destination(hops(from, to), hops(to, from)),
      'a NUL in the host': destination(hops(from, hop('', 'h\0', '', 'k'))),
    }
    for (const [what, bytes] of Object.entries(wrong)) assert.throws(() => constraintsOf(bytes), SshError, what)
    assert.equal(constraintsOf(destination(hops(from, hop('u'.repeat(256), 'h', '', 'k')))).length, 1)
  })

  it('have at most 1024 destinations or certificates', () => {
    const one = hops(hop('', '', ''), hop('', 'h', '', 'k'))
    const many = (count: number): Uint8Array => destination(...Array.from({ length: count }, () => one))
    assert.equal(constraintsOf(many(1024)).length, 1)
    assert.throws(() => constraintsOf(many(1025)), LimitError)
    const certificates = (count: number): Constraint => ({
      kind: 'associated-certs',
      certificatesOnly: false,
      certificates: Array.from({ length: count }, () => none),
    })
    for (const count of [0, 1024]) decodeRequest(encodeRequest(withToken([certificates(count)])))
    assert.throws(() => decodeRequest(encodeRequest(withToken([certificates(1025)]))), LimitError)
  })
})

describe('extensions', () => {
  it('session-bind has its fields without a length around them', () => {
    const binding = { hostKey: key, sessionId: utf8('id'), signature: utf8('sig'), forwarding: true }
    const request = encodeSessionBind(binding)
    assert.equal(request.name, 'session-bind@openssh.com')
    assert.equal(toHex(request.contents), '0000000a61206b657920626c6f62'.concat('000000026964', '00000003736967', '01'))
    assert.deepEqual(decodeSessionBind(request.contents), binding)
    assert.equal(decodeSessionBind(encodeSessionBind({ ...binding, forwarding: false }).contents).forwarding, false)
    for (let i = 0; i < request.contents.length; i++) {
      assert.throws(() => decodeSessionBind(request.contents.slice(0, i)), { code: 'truncated' })
    }
    assert.throws(() => decodeSessionBind(concat(request.contents, hex('00'))), { code: 'trailing-bytes' })
  })

  it('query is answered with names and no count', () => {
    const answer = encodeQueryAnswer(['query', 'a@b'])
    assert.equal(toHex(encodeResponse(answer)), '1d000000057175657279'.concat('000000057175657279', '00000003614062'))
    assert.deepEqual(answer.kind === 'extension' && decodeQueryAnswer(answer.contents), ['query', 'a@b'])
    assert.deepEqual(decodeQueryAnswer(none), [])
    assert.throws(() => decodeQueryAnswer(hex('00000002 61')), { code: 'truncated' })
  })
})

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i])
}

/** Decodes and, where that works, encodes: the same octets, or a coded error. */
function sound(message: Uint8Array, side: 'request' | 'response'): boolean {
  try {
    if (side === 'request') encodeRequest(decodeRequest(message))
    else assert.ok(equal(encodeResponse(decodeResponse(message)), message))
    return true
  } catch (error) {
    if (error instanceof SshError && /^[a-z-]+$/.test(error.code)) return false
    throw error
  }
}

describe('what real agents and clients said', () => {
  it('decodes, and encodes to the same octets', () => {
    for (const { request, response } of exchanges) {
      assert.equal(toHex(encodeRequest(decodeRequest(request))), toHex(request))
      assert.equal(toHex(encodeResponse(decodeResponse(response!, decodeRequest(request)))), toHex(response!))
      assert.notEqual(decodeRequest(request).kind, 'unknown')
      assert.equal('trailing' in decodeRequest(request), false)
    }
    assert.equal(exchanges.length, 44)
  })

  it('cut at each octet gives another message or a coded error', () => {
    for (const { request, response } of exchanges) {
      for (let i = 0; i < request.length; i++) sound(request.slice(0, i), 'request')
      for (let i = 0; i < response!.length; i++) sound(response!.slice(0, i), 'response')
    }
    assert.equal(sound(hex('0c 00000001'), 'response'), false)
  })

  it('with a bit turned gives another message or a coded error', () => {
    const constrained = exchanges.find(({ request }) => request[0] === 26)!.request
    for (let i = 0; i < constrained.length * 8; i++) sound(flipped(constrained, i), 'request')
    const every = encodeRequest(withToken(everyConstraint))
    let refused = 0
    for (let i = 0; i < every.length * 8; i++) if (!sound(flipped(every, i), 'request')) refused++
    assert.ok(refused > 500, String(refused))
  })

  it('100,000 times at random and changed at random gives another message or a coded error', () => {
    // HAWSER_AGENT_FRAMES=1000000 is the long run.
    const rounds = Number(process.env.HAWSER_AGENT_FRAMES ?? 100_000)
    const random = repeatable(7)
    const seeds = [
      ...exchanges.flatMap(({ request, response }) => [request, response!]),
      ...Object.keys(requests).map((text) => hex(text)),
      ...Object.keys(responses).map((text) => hex(text)),
      encodeRequest(withToken(everyConstraint)),
    ].filter(({ length }) => length < 1500)
    const kinds = [0, 0]
    for (let round = 0; round < rounds; round++) {
      const [pick, second, count, ...dice] = random(13)
      let message: Uint8Array
      if (pick! < 64) message = concat(Uint8Array.of(second!), random(count! % 40))
      else {
        message = seeds[((pick! << 8) | second!) % seeds.length]!.slice()
        for (let i = 0; i < 1 + (count! % 3); i++) {
          const at = ((dice[2 * i]! << 8) | dice[2 * i + 1]!) % message.length
          message[at] = count! & 64 ? dice[6]! : message[at]! ^ (1 << (dice[7]! & 7))
        }
        if (count! & 128) message = message.slice(0, 1 + (dice[8]! % message.length))
      }
      for (const side of ['request', 'response'] as const) kinds[sound(message, side) ? 1 : 0]!++
    }
    assert.equal(kinds[0]! + kinds[1]!, 2 * rounds)
    assert.ok(kinds[0]! > rounds / 10 && kinds[1]! > rounds / 10, String(kinds))
  })

  it('says nothing secret in an error', () => {
    const secret = 'SECRETSECRET'
    for (const text of [`\x16\0\0\0\x20${secret}`, `\x14\0\0\0\x01a\0\0\0\x0c${secret}\x01`]) {
      assert.throws(
        () => decodeRequest(octets(text)),
        (error) => error instanceof SshError && !error.message.includes('SECRET'),
      )
    }
  })
})
