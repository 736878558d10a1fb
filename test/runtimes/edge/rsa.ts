/** RSASSA-PKCS1-v1_5: RFC 8017 section 8.2. */
import { rsaVectors } from '../../crypto/rsa-vectors.ts'
import { concat, hex, toHex } from '../../support/bytes.ts'
import { add, big, bytesOf, mpint, power, sha, signed, string, TEXT } from './case.ts'

const info: Readonly<Record<string, string>> = {
  sha1: '3021300906052b0e03021a05000414',
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
}
const names: Readonly<Record<string, string>> = { sha1: 'ssh-rsa', sha256: 'rsa-sha2-256', sha512: 'rsa-sha2-512' }

function cubeRoot(value: bigint): bigint {
  let low = 0n
  let high = 1n << BigInt(Math.ceil(value.toString(2).length / 3) + 1)
  while (low < high) {
    const middle = (low + high) >> 1n
    if (middle ** 3n < value) low = middle + 1n
    else high = middle
  }
  return low
}

/** Paddings, DigestInfos, lengths, numbers, exponents and keys at the edge. */
export function rsaEdges(): void {
  const vector = rsaVectors[1]!
  const n = big(hex(vector.n))
  const d = big(hex(vector.key!.d))
  const size = 256
  const group = 'RSA'
  const keyOf = (e: Uint8Array = hex('010001'), modulus = mpint(n)): Uint8Array =>
    concat(string('ssh-rsa'), string(e), string(modulus))
  const sig = (value: Uint8Array, name = 'rsa-sha2-256'): Uint8Array => concat(string(name), string(value))
  const digest = (hash: string, text = TEXT): Uint8Array => sha(hash, signed(text))
  const padded = (
    tail: Uint8Array,
    { lead = 0, type = 1, fill = 0xff, end = 0, after = new Uint8Array(0) } = {},
  ): Uint8Array =>
    concat(
      Uint8Array.of(lead, type),
      new Uint8Array(size - 3 - tail.length - after.length).fill(fill),
      Uint8Array.of(end),
      tail,
      after,
    )
  const raw = (encoded: Uint8Array): Uint8Array => bytesOf(power(big(encoded), d, n), size)
  const tail = (hash: string, text = TEXT): Uint8Array => concat(hex(info[hash]!), digest(hash, text))

  for (const hash of ['sha1', 'sha256', 'sha512']) {
    add(group, `a good one with ${hash}`, keyOf(), sig(raw(padded(tail(hash))), names[hash]), 'ok', {
      why: 'OpenSSH takes no SHA-1 here',
    })
    for (const other of ['sha1', 'sha256', 'sha384', 'sha512']) {
      if (other !== hash)
        add(
          'RSA hash',
          `${other} under the name ${names[hash]}`,
          keyOf(),
          sig(raw(padded(tail(other))), names[hash]),
          'bad-signature',
        )
    }
  }
  const t = tail('sha256')
  const value = digest('sha256')
  const short = new Uint8Array(16).fill(0xff)
  const wrong: [string, Uint8Array][] = [
    ['block type 2', padded(t, { type: 2 })],
    ['block type 0', padded(t, { type: 0, fill: 0 })],
    ['a first octet of 1', padded(t, { lead: 1 })],
    ['padding of 00', padded(t, { fill: 0 })],
    ['padding of fe', padded(t, { fill: 0xfe })],
    ['one padding octet wrong', padded(t).map((octet, i) => (i === 100 ? 0x7f : octet))],
    ['the last padding octet wrong', padded(t).map((octet, i) => (i === size - t.length - 2 ? 0xfe : octet))],
    ['no zero behind the padding', padded(t, { end: 0xff })],
    ['padding shortened by one, an octet behind the digest', padded(t, { after: Uint8Array.of(0) })],
    [
      'eight octets of padding, garbage behind the digest (Bleichenbacher 2006)',
      padded(t, { after: new Uint8Array(size - 11 - t.length).fill(0x5a) }),
    ],
    ['no padding, garbage behind the digest', concat(Uint8Array.of(0, 1, 0), t, new Uint8Array(size - 3 - t.length))],
    [
      'eight octets of padding, zeros in front',
      concat(new Uint8Array(size - 11 - t.length), Uint8Array.of(0, 1), short.slice(0, 8), Uint8Array.of(0), t),
    ],
    ['the digest alone', padded(value)],
    ['NULL missing', padded(concat(hex('302f300b0609608648016503040201'), hex('0420'), value))],
    ['NULL twice', padded(concat(hex('3033300f0609608648016503040201050005000420'), value))],
    ['parameters 05 01 00', padded(concat(hex('3032300e06096086480165030402010501000420'), value))],
    ['parameters an empty SEQUENCE', padded(concat(hex('3031300d0609608648016503040201300004 20'), value))],
    ['BER: outer length in two octets', padded(concat(hex('308131300d060960864801650304020105000420'), value))],
    ['BER: inner length in two octets', padded(concat(hex('303230810d060960864801650304020105000420'), value))],
    ['BER: digest length in two octets', padded(concat(hex('3032300d06096086480165030402010500048120'), value))],
    ['BER: indefinite length', padded(concat(hex('3080300d060960864801650304020105000420'), value, hex('0000')))],
    ['BER: digest as constructed string', padded(concat(hex('3033300d06096086480165030402010500242204 20'), value))],
    ['the OID of SHA-224', padded(concat(hex('3031300d060960864801650304020405000420'), value))],
    ['the OID of MD5, a digest of SHA-256', padded(concat(hex('3030300c06082a864886f70d020505000420'), value))],
    ['a digest of 31 octets', padded(concat(hex('3030300d06096086480165030402010500041f'), value.slice(0, 31)))],
    ['a digest of 33 octets', padded(concat(hex('3032300d060960864801650304020105000421'), value, Uint8Array.of(0)))],
    ['length of the outer SEQUENCE one too many', padded(concat(hex('3032300d060960864801650304020105000420'), value))],
    ['length of the outer SEQUENCE one too few', padded(concat(hex('3030300d060960864801650304020105000420'), value))],
    ['a SET in place of the outer SEQUENCE', padded(concat(hex('3131300d060960864801650304020105000420'), value))],
    ['a BIT STRING in place of the digest', padded(concat(hex('3031300d060960864801650304020105000320'), value))],
    ['one bit of the digest', padded(concat(t.slice(0, -1), Uint8Array.of(t.at(-1)! ^ 1)))],
    ['the digest of another message', padded(tail('sha256', 'another'))],
    ['PKCS#1 of the message itself', padded(signed(TEXT))],
  ]
  for (const [name, encoded] of wrong) {
    if (encoded.length !== size) throw new Error(`${name}: ${encoded.length} octets`)
    add('RSA padding', name, keyOf(), sig(raw(encoded)), 'bad-signature')
  }
  const good = raw(padded(t))
  add('RSA length', 'a zero in front', keyOf(), sig(concat(Uint8Array.of(0), good)), 'bad-signature')
  add('RSA length', 'a zero behind', keyOf(), sig(concat(good, Uint8Array.of(0))), 'bad-signature')
  add('RSA length', 'an octet short', keyOf(), sig(good.slice(1)), 'bad-signature')
  add('RSA length', 'its last octet missing', keyOf(), sig(good.slice(0, -1)), 'bad-signature')
  add('RSA length', 'empty', keyOf(), sig(new Uint8Array(0)), 'bad-signature')
  add('RSA length', 'an octet behind the string', keyOf(), concat(sig(good), Uint8Array.of(0)), 'trailing-bytes')
  for (let i = 0, short = 0; short < 2; i++) {
    const text = `note ${i}`
    const made = raw(padded(tail('sha256', text)))
    if (made[0] !== 0) continue
    short++
    add('RSA length', `a leading zero, there (${short})`, keyOf(), sig(made), 'ok', { text })
    add('RSA length', `a leading zero, left out (${short})`, keyOf(), sig(made.slice(1)), 'ok', { text })
  }
  for (const [name, number] of [
    ['0', 0n],
    ['1', 1n],
    ['n − 1', n - 1n],
    ['n', n],
    ['n + 1', n + 1n],
    ['2^2048 − 1', (1n << 2048n) - 1n],
  ] as const) {
    add('RSA number', name, keyOf(), sig(bytesOf(number, size)), 'bad-signature')
  }
  for (let i = 0; ; i++) {
    const text = `large ${i}`
    const made = big(raw(padded(tail('sha256', text))))
    if (made + n >= 1n << 2048n) continue
    add('RSA number', 'm + n', keyOf(), sig(bytesOf(made + n, size)), 'bad-signature', { text })
    add('RSA number', 'n − m', keyOf(), sig(bytesOf(n - made, size)), 'bad-signature', { text })
    break
  }
  // e = 3: the cube of this number begins with a whole DigestInfo; what is behind it is garbage.
  const block = padded(t, { after: new Uint8Array(size - 11 - t.length) })
  const root = cubeRoot(big(block))
  const cube = bytesOf(root ** 3n, size)
  if (toHex(cube.slice(0, 11 + t.length)) !== toHex(block.slice(0, 11 + t.length)))
    throw new Error('the forgery does not begin as it must')
  add(
    'RSA e = 3',
    'forged with garbage behind the digest',
    keyOf(Uint8Array.of(3)),
    sig(bytesOf(root, size)),
    'bad-signature',
  )
  add('RSA e = 3', 'the cube root of 1', keyOf(Uint8Array.of(3)), sig(bytesOf(1n, size)), 'bad-signature')
  {
    const [p, q] = [big(hex(vector.key!.p)), big(hex(vector.key!.q))]
    const phi = (p - 1n) * (q - 1n)
    // 3 divides phi or has an inverse; for 5 and 17 the same question. The first that works is used.
    for (const e of [3n, 5n, 17n, 257n]) {
      if (phi % e === 0n) continue
      let inverse = 0n
      for (let k = 1n; ; k++)
        if ((k * phi + 1n) % e === 0n) {
          inverse = (k * phi + 1n) / e
          break
        }
      const made = bytesOf(power(big(padded(t)), inverse, n), size)
      add('RSA small exponent', `a good one with e = ${e}`, keyOf(mpint(e)), sig(made), 'ok')
      break
    }
  }
  add('RSA key', 'e = 1', keyOf(Uint8Array.of(1)), sig(padded(t)), 'bad-value', {
    why: 'OpenSSH loads it, and everybody can sign',
  })
  add('RSA key', 'e even', keyOf(hex('010000')), sig(good), 'bad-value')
  add('RSA key', 'e = 0', keyOf(new Uint8Array(0)), sig(good), 'bad-value')
  add('RSA key', 'e with a superfluous zero', keyOf(hex('00010001')), sig(good), 'bad-value', {
    why: 'OpenSSH strips zeros of keys',
  })
  add('RSA key', 'n even', keyOf(undefined, mpint(n - 1n)), sig(good), 'bad-value', { why: 'OpenSSH loads it' })
  add('RSA key', 'n negative', keyOf(undefined, mpint(n).slice(1)), sig(good), 'bad-value')
  add('RSA key', 'n of 1016 bits', keyOf(undefined, mpint((1n << 1015n) + 1n)), sig(good), 'limit')
  add('RSA name', 'rsa-sha2-384', keyOf(), sig(raw(padded(tail('sha384'))), 'rsa-sha2-384'), 'bad-signature')
  add('RSA name', 'ssh-ed25519', keyOf(), sig(good, 'ssh-ed25519'), 'bad-signature')
}
