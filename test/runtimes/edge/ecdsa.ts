/** ECDSA on the curves of RFC 5656: FIPS 186-5 section 6. */
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { concat, toHex, utf8 } from '../../support/bytes.ts'
import { add, big, bytesOf, mod, mpint, power, sha, signed, string, TEXT } from './case.ts'

/** Numbers, encodings, sums and keys at the edge, on each curve. */
export function ecdsaEdges(): void {
  for (const [curve, short, hash] of [
    [p256, 'nistp256', 'sha256'],
    [p384, 'nistp384', 'sha384'],
    [p521, 'nistp521', 'sha512'],
  ] as const) {
    const type = `ecdsa-sha2-${short}`
    const Curve = curve.Point
    const n = Curve.Fn.ORDER
    const p = Curve.Fp.ORDER
    const size = Math.ceil(p.toString(16).length / 2)
    const group = type
    const inverse = (value: bigint): bigint => power(value, n - 2n, n)
    const digest = (text: string): bigint => mod(big(sha(hash, signed(text))), n)
    const encode = (Q: InstanceType<typeof Curve>): Uint8Array => Q.toBytes(false)
    const keyOf = (Q: Uint8Array, name = short as string): Uint8Array => concat(string(type), string(name), string(Q))
    const raw = (r: Uint8Array, s: Uint8Array, name = type): Uint8Array =>
      concat(string(name), string(concat(string(r), string(s))))
    const sig = (r: bigint, s: bigint): Uint8Array => raw(mpint(r), mpint(s))
    const sign = (d: bigint, k: bigint, text = TEXT): [bigint, bigint] => {
      const r = mod(Curve.BASE.multiply(k).toAffine().x, n)
      return [r, mod(inverse(k) * (digest(text) + r * d), n)]
    }
    const d = mod(big(sha('sha512', utf8(short))), n - 1n) + 1n
    const Q = encode(Curve.BASE.multiply(d))
    const [r, s] = sign(d, mod(big(sha('sha512', utf8('nonce'))), n - 1n) + 1n)

    add(group, 'a good one', keyOf(Q), sig(r, s), 'ok')
    add(group, 'the other S: low or high, both hold', keyOf(Q), sig(r, n - s), 'ok')
    for (const [name, k] of [
      ['1', 1n],
      ['2', 2n],
      ['n − 1', n - 1n],
      ['(n − 1)/2', (n - 1n) / 2n],
      ['(n + 1)/2', (n + 1n) / 2n],
    ] as const) {
      add(`${group} nonce`, `k = ${name}`, keyOf(Q), sig(...sign(d, k)), 'ok')
    }
    for (const [name, secret] of [
      ['1', 1n],
      ['2', 2n],
      ['n − 1', n - 1n],
      ['(n − 1)/2', (n - 1n) / 2n],
    ] as const) {
      add(
        `${group} private key`,
        `d = ${name}`,
        keyOf(encode(Curve.BASE.multiply(secret))),
        sig(...sign(secret, 77n)),
        'ok',
      )
    }
    const bad: [string, bigint, bigint][] = [
      ['r = 0', 0n, s],
      ['s = 0', r, 0n],
      ['r = s = 0', 0n, 0n],
      ['r = n', n, s],
      ['s = n', r, n],
      ['r = 0, s = n', 0n, n],
      ['r = n + 1', n + 1n, s],
      ['r = s = 1', 1n, 1n],
      ['r = 1, s = 0', 1n, 0n],
      ['r and s swapped', s, r],
      ['r = p', p, s],
      ['r = p − n', p - n, s],
      ['s = r', r, r],
      ['r + 1', r + 1n, s],
      ['s + 1', r, s + 1n],
      ['−r', n - r, s],
    ]
    for (const [name, a, b] of bad) add(`${group} numbers`, name, keyOf(Q), sig(a, b), 'bad-signature')
    for (const [name, a, b] of [
      ['r + n', r + n, s],
      ['s + n', r, s + n],
      ['s + 2^(8·size)', r, s + (1n << BigInt(8 * size))],
      ['r − n + 2^(8·size)', r - n + (1n << BigInt(8 * size)), s],
    ] as const) {
      add(`${group} numbers`, name, keyOf(Q), sig(a, b), 'bad-signature')
    }
    const zero = Uint8Array.of(0)
    const mr = mpint(r)
    const ms = mpint(s)
    add(`${group} encoding`, 'a superfluous zero before r', keyOf(Q), raw(concat(zero, mr), ms), 'ok')
    add(`${group} encoding`, 'two superfluous zeros before s', keyOf(Q), raw(mr, concat(zero, zero, ms)), 'ok')
    for (let k = 3n; ; k++) {
      const [r3, s3] = sign(d, k)
      const top = bytesOf(r3, size)
      if (!(top[0]! & 0x80) && size !== 66) continue
      if (size === 66) {
        // r of P-521 never has its top bit set; a negative one is made.
        add(`${group} encoding`, 'r negative', keyOf(Q), raw(Uint8Array.of(0xff, ...mpint(r3)), mpint(s3)), 'bad-value')
      } else
        add(
          `${group} encoding`,
          'r with its top bit set, no zero before it',
          keyOf(Q),
          raw(top, mpint(s3)),
          'bad-value',
        )
      break
    }
    add(`${group} encoding`, 's negative', keyOf(Q), raw(mr, Uint8Array.of(0x80, ...ms)), 'bad-value')
    add(`${group} encoding`, 'r of 128 octets', keyOf(Q), raw(new Uint8Array(128).fill(1), ms), 'bad-signature')
    add(`${group} encoding`, 'r empty', keyOf(Q), raw(new Uint8Array(0), ms), 'bad-signature')
    add(`${group} encoding`, 's missing', keyOf(Q), concat(string(type), string(string(mr))), 'truncated')
    add(
      `${group} encoding`,
      'an octet behind s',
      keyOf(Q),
      concat(string(type), string(concat(string(mr), string(ms), zero))),
      'trailing-bytes',
    )
    add(`${group} encoding`, 'an octet behind all', keyOf(Q), concat(sig(r, s), zero), 'trailing-bytes')
    const fixed = concat(bytesOf(r, size), bytesOf(s, size))
    add(
      `${group} encoding`,
      'r and s of fixed width (IEEE P1363)',
      keyOf(Q),
      concat(string(type), string(fixed)),
      'truncated',
    )
    const der = (...parts: Uint8Array[]): Uint8Array =>
      concat(...parts.map((part) => concat(Uint8Array.of(2, part.length), part)))
    const sequence = der(mr, ms)
    const header =
      sequence.length < 128 ? Uint8Array.of(0x30, sequence.length) : Uint8Array.of(0x30, 0x81, sequence.length)
    add(`${group} encoding`, 'DER', keyOf(Q), concat(string(type), string(concat(header, sequence))), 'truncated')
    add(
      `${group} name`,
      'of another curve',
      keyOf(Q),
      raw(mr, ms, short === 'nistp256' ? 'ecdsa-sha2-nistp384' : 'ecdsa-sha2-nistp256'),
      'bad-signature',
    )
    // The hash belongs to the curve.
    for (const other of ['sha1', 'sha256', 'sha384', 'sha512']) {
      if (other === hash) continue
      const e = mod(
        big(sha(other, signed(TEXT))) >> BigInt(Math.max(0, sha(other).length * 8 - n.toString(2).length)),
        n,
      )
      const k = 1234567n
      const r2 = mod(Curve.BASE.multiply(k).toAffine().x, n)
      add(`${group} hash`, other, keyOf(Q), sig(r2, mod(inverse(k) * (e + r2 * d), n)), 'bad-signature')
    }

    // u1·G + u2·Q is the point at infinity: r = −e/d.
    const e = digest(TEXT)
    add(`${group} points`, 'the sum is at infinity', keyOf(Q), sig(mod(-e * inverse(d), n), 5n), 'bad-signature')
    // u1·G = u2·Q, where an addition that cannot double goes wrong: d = e/r.
    {
      const k = 999n
      const r2 = mod(Curve.BASE.multiply(k).toAffine().x, n)
      const d2 = mod(e * inverse(r2), n)
      add(
        `${group} points`,
        'u1·G = u2·Q',
        keyOf(encode(Curve.BASE.multiply(d2))),
        sig(r2, mod(2n * e * inverse(k), n)),
        'ok',
      )
      // u1·G = −u2·Q with an r that is not 0 either way.
      const d3 = mod(-e * inverse(r2), n)
      add(`${group} points`, 'u1·G = −u2·Q', keyOf(encode(Curve.BASE.multiply(d3))), sig(r2, 7n), 'bad-signature')
    }
    // x of R above n, so that r = x − n: the least such x. P-521's n is so close to p that it is as easy.
    {
      let x = n
      let R: InstanceType<typeof Curve> | undefined
      while (!R) {
        x++
        try {
          R = Curve.fromHex(toHex(concat(Uint8Array.of(2), bytesOf(x, size))))
        } catch {
          // no point has this x
        }
      }
      const r2 = x - n
      const s2 = 12345n
      const Q2 = R.multiply(s2).subtract(Curve.BASE.multiply(e)).multiply(inverse(r2))
      add(`${group} points`, 'x of R above n, r = x − n', keyOf(encode(Q2)), sig(r2, s2), 'ok')
      if (x < p) add(`${group} points`, 'x of R above n, r = x', keyOf(encode(Q2)), sig(x, s2), 'bad-signature')
    }
    // Keys that are no points, each with a signature that is good for Q.
    const good = sig(r, s)
    const change = (at: number, to: (octet: number) => number): Uint8Array =>
      Q.map((octet, i) => (i === at ? to(octet) : octet))
    const compressed = concat(Uint8Array.of(2 + (Q.at(-1)! & 1)), Q.slice(1, size + 1))
    for (const [name, bytes, code] of [
      ['not on the curve', change(2 * size, (octet) => octet ^ 1), 'bad-value'],
      ['all zeros behind the 4', concat(Uint8Array.of(4), new Uint8Array(2 * size)), 'bad-value'],
      ['coordinates above p', concat(Uint8Array.of(4), new Uint8Array(2 * size).fill(255)), 'bad-value'],
      ['hybrid form', change(0, () => 6 + (Q.at(-1)! & 1)), 'bad-value'],
      ['a first octet of 5', change(0, () => 5), 'bad-value'],
      ['compressed', compressed, 'bad-value'],
      ['at infinity', Uint8Array.of(0), 'bad-value'],
      ['empty', new Uint8Array(0), 'bad-value'],
      ['an octet short', Q.slice(0, -1), 'bad-value'],
      ['an octet long', concat(Q, zero), 'limit'],
    ] as const) {
      add(`${group} key`, name, keyOf(bytes), good, code)
    }
    const affine = Curve.BASE.multiply(d).toAffine()
    add(
      `${group} key`,
      'y negated',
      keyOf(encode(Curve.fromAffine({ x: affine.x, y: p - affine.y }))),
      good,
      'bad-signature',
    )
    if (affine.x + p < 1n << BigInt(8 * size))
      add(
        `${group} key`,
        'x + p',
        keyOf(concat(Uint8Array.of(4), bytesOf(affine.x + p, size), bytesOf(affine.y, size))),
        good,
        'bad-value',
      )
    add(
      `${group} key`,
      'the name of another curve',
      keyOf(Q, short === 'nistp256' ? 'nistp384' : 'nistp256'),
      good,
      'type-mismatch',
    )
  }
}
