/** Ed25519: RFC 8032 section 5.1. */
import { ed25519 } from '@noble/curves/ed25519.js'
import { concat, hex, toHex, utf8 } from '../../support/bytes.ts'
import { add, fromLe, le, mod, sha, signed, string, TEXT } from './case.ts'

const { Point } = ed25519
const L = Point.Fn.ORDER
const P = Point.Fp.ORDER
const edKey = (A: Uint8Array): Uint8Array => concat(string('ssh-ed25519'), string(A))
const edSig = (...parts: Uint8Array[]): Uint8Array => concat(string('ssh-ed25519'), string(concat(...parts)))
const challenge = (R: Uint8Array, A: Uint8Array, text: string): bigint =>
  mod(fromLe(sha('sha512', R, A, signed(text))), L)
/** The same y with the sign of x turned. */
const turned = (bytes: Uint8Array): Uint8Array => bytes.map((octet, i) => (i === 31 ? octet ^ 0x80 : octet))
const torsion = Point.fromBytes(hex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'))
const smallOrder = Array.from({ length: 8 }, (_, i) => torsion.multiplyUnsafe(BigInt(i)))
const seed = sha('sha256', utf8('edge'))
const { scalar, point } = ed25519.utils.getExtendedPublicKey(seed)
const A = point.toBytes()
const edSign = (text: string, secret = seed): Uint8Array => ed25519.sign(signed(text), secret)

/** Small, mixed and odd points, scalars above the order, lengths. */
export function ed25519Edges(): void {
  const good = edSign(TEXT)
  const [R, S] = [good.slice(0, 32), fromLe(good.slice(32))]
  add('Ed25519', 'a good one', edKey(A), edSig(good), 'ok')
  for (const [name, value] of [
    ['S + L', S + L],
    ['S + 2·L', S + 2n * L],
    ['S + 14·L', S + 14n * L],
    ['S = L', L],
    ['S = 2^256 − 1', (1n << 256n) - 1n],
    ['−S', L - S],
    ['S = 0', 0n],
    ['S + 1', S + 1n],
  ] as const) {
    const why = 'OpenSSH looks at the top three bits of S alone'
    add('Ed25519 scalar', name, edKey(A), edSig(R, le(value)), 'bad-signature', { why })
  }
  add('Ed25519 length', '63 octets', edKey(A), edSig(good.slice(0, 63)), 'bad-value')
  add('Ed25519 length', '65 octets', edKey(A), edSig(good, Uint8Array.of(0)), 'limit')
  add('Ed25519 length', 'none', edKey(A), edSig(), 'bad-value')
  add('Ed25519 length', 'an octet behind the string', edKey(A), concat(edSig(good), Uint8Array.of(0)), 'trailing-bytes')
  add('Ed25519', 'the sign of A turned', edKey(turned(A)), edSig(good), 'bad-signature')
  add('Ed25519', 'the sign of R turned', edKey(A), edSig(turned(R), le(S)), 'bad-signature')
  add('Ed25519', 'of another message', edKey(A), edSig(edSign('another')), 'bad-signature')

  // S·B − k·A = R holds for each of these, with some encoding of a point of small order as A or R.
  const strict = 'OpenSSH takes keys and signatures of small order (docs/differences.md)'
  const encodings = new Map<string, string>()
  for (const [i, small] of smallOrder.entries()) {
    for (const [form, bytes] of [
      ['', small.toBytes()],
      [' with the other sign', turned(small.toBytes())],
    ] as const) {
      const text = toHex(bytes)
      if (!encodings.has(text)) encodings.set(text, `${i}·T${form}`)
    }
  }
  // The y of order 1, 2 and 4 has a second encoding, y + p.
  for (const y of [0n, 1n]) {
    for (const sign of [0n, 1n << 255n])
      encodings.set(toHex(le((y + P) | sign)), `y = ${y} + p${sign ? ', sign set' : ''}`)
  }
  for (const [text, name] of encodings) {
    const encoded = hex(text)
    for (const [j, kA] of smallOrder.entries()) {
      const forged = Point.BASE.multiply(5n).subtract(kA).toBytes()
      add('Ed25519 A of small order', `${name}, k·A = ${j}·T`, edKey(encoded), edSig(forged, le(5n)), 'bad-signature', {
        why: strict,
      })
    }
    add(
      'Ed25519 A and R of small order',
      `${name}, R = 0, S = 0`,
      edKey(encoded),
      edSig(Point.ZERO.toBytes(), le(0n)),
      'bad-signature',
      { why: strict },
    )
    const value = mod(challenge(encoded, A, TEXT) * scalar, L)
    add('Ed25519 R of small order', name, edKey(A), edSig(encoded, le(value)), 'bad-signature', { why: strict })
  }
  for (let y = P; y < 1n << 255n; y++) {
    for (const sign of [0n, 1n << 255n]) {
      const bytes = le(y | sign)
      const name = `y = p + ${y - P}${sign ? ', sign set' : ''}`
      add('Ed25519 A not canonical', name, edKey(bytes), edSig(good), 'bad-signature', { why: strict })
      const value = mod(challenge(bytes, A, TEXT) * scalar, L)
      add('Ed25519 R not canonical', name, edKey(A), edSig(bytes, le(value)), 'bad-signature', { why: strict })
    }
  }
  for (const [i, small] of smallOrder.entries()) {
    if (i === 0) continue
    const mixed = point.add(small).toBytes()
    const nonce = Point.BASE.multiply(1234567n).toBytes()
    // One message where the equation without cofactor holds (k·T = 0) and one where only that with cofactor does.
    for (const holds of [true, false]) {
      for (let n = 0; ; n++) {
        const text = `mixed ${n}`
        const k = challenge(nonce, mixed, text)
        if (small.multiplyUnsafe(k % 8n).is0() !== holds) continue
        const name = `A + ${i}·T, ${holds ? 'the equation holds' : 'it holds only times 8'}`
        add(
          'Ed25519 A of mixed order',
          name,
          edKey(mixed),
          edSig(nonce, le(mod(1234567n + k * scalar, L))),
          holds ? 'ok' : 'bad-signature',
          { text },
        )
        break
      }
    }
    const R2 = Point.BASE.multiply(99n).add(small).toBytes()
    const S2 = mod(99n + challenge(R2, A, TEXT) * scalar, L)
    add('Ed25519 R of mixed order', `${i}·T`, edKey(A), edSig(R2, le(S2)), 'bad-signature')
  }
  for (let y = 2n; y < 14n; y++) {
    add('Ed25519 A of anywhere', `y = ${y}`, edKey(le(y)), edSig(good), 'bad-signature')
    add('Ed25519 R of anywhere', `y = ${y}`, edKey(A), edSig(le(y), le(S)), 'bad-signature')
  }
  // Keys and R whose first octet is that of a refused one, but which are good.
  const wanted = new Set([0, 1, 0x26, 0xc7, 0xec, 0xed, 0xff])
  for (let i = 0; wanted.size > 0; i++) {
    const text = `begins ${i}`
    const signature = edSign(text)
    const first = signature[0]!
    if (wanted.delete(first))
      add('Ed25519 R that begins like a refused one', `${first}`, edKey(A), edSig(signature), 'ok', { text })
  }
  for (const first of [0, 1, 0x26, 0xc7, 0xec, 0xed, 0xff]) wanted.add(first)
  for (let i = 0; wanted.size > 0; i++) {
    const secret = sha('sha256', utf8(`key ${i}`))
    const own = ed25519.getPublicKey(secret)
    if (wanted.delete(own[0]!))
      add('Ed25519 A that begins like a refused one', `${own[0]}`, edKey(own), edSig(edSign(TEXT, secret)), 'ok')
  }
  add('Ed25519 key', '31 octets', edKey(A.slice(1)), edSig(good), 'bad-value')
  add('Ed25519 key', '33 octets', edKey(concat(A, Uint8Array.of(0))), edSig(good), 'limit')
  add('Ed25519 name', 'ssh-ed448', edKey(A), concat(string('ssh-ed448'), string(good)), 'bad-signature')
}
