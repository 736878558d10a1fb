/** Certificates changed at random, from a seed: each kind of change, and whether it is signed anew. */

import { allTypes, findType, type Signer } from '../../src/keys/index.ts'
import { Reader, Writer } from '../../src/wire/index.ts'
import type { Authority } from '../cert/every-authority.ts'
import { type Bytes, bytes, type Fields, join, keyFields, strings } from './odd-certificate.ts'

/** Whole numbers below `most` (mulberry32). */
export type Dice = (most: number) => number

/** The same seed gives the same numbers. */
export function dice(seed: number): Dice {
  let state = seed
  return (most) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % most
  }
}

function pick<T>(roll: Dice, items: readonly T[]): T {
  return items[roll(items.length)]!
}

function flipBit(roll: Dice, octets: Bytes): Bytes {
  const out = octets.slice()
  if (out.length > 0) out[roll(out.length)]! ^= 1 << roll(8)
  return out
}

function fields(subject: Authority, by: Authority): Fields {
  return {
    name: findType(allTypes, subject.publicKey.type)!.certName,
    nonce: new Uint8Array(32).fill(7),
    key: keyFields(subject.publicKey.blob),
    serial: 5n,
    kind: 1,
    keyId: strings('some key id').slice(4),
    principals: strings('root', 'alice'),
    after: 1000n,
    before: 2_000_000_000n,
    critical: strings('force-command', strings('echo a'), 'source-address', strings('10.0.0.0/8,::1')),
    extensions: strings('a@example.com', strings('x'), 'permit-pty', '', 'permit-user-rc', ''),
    reserved: new Uint8Array(0),
    authority: by.publicKey.blob,
  }
}

/** What the authority signs. */
function encode(f: Fields): Bytes {
  const writer = new Writer().string(f.name).string(f.nonce).raw(f.key).u64(f.serial).u32(f.kind).string(f.keyId)
  writer.string(f.principals).u64(f.after).u64(f.before).string(f.critical).string(f.extensions)
  return writer.string(f.reserved).string(f.authority).take()
}

async function seal(signed: Bytes, signer: Signer, change = (b: Bytes): Bytes => b): Promise<Bytes> {
  return new Writer()
    .raw(signed)
    .string(change((await signer.sign(signed)).blob))
    .take()
}

const framed = ['nonce', 'keyId', 'principals', 'critical', 'extensions', 'reserved', 'authority', 'key'] as const

/** A field cut, lengthened, doubled, emptied, flipped, or another one's. */
function splice(roll: Dice, f: Fields): Fields {
  const name = pick(roll, framed)
  const old = f[name]
  const cut = roll(old.length + 1)
  const made = [
    () => old.slice(0, cut),
    () => old.slice(cut),
    () => join(old, bytes(roll(256))),
    () => join(old, old),
    () => new Uint8Array(0),
    () => flipBit(roll, old),
    () => f[pick(roll, framed)],
    () => join(old.slice(0, cut), bytes(0), old.slice(cut)),
    () => strings(old),
  ]
  const changed = { ...f, [name]: pick(roll, made)() }
  if (roll(4) === 0) changed.kind = roll(4)
  if (roll(4) === 0) changed.serial = BigInt(roll(2 ** 32)) << BigInt(roll(33))
  if (roll(4) === 0) changed.after = pick(roll, [0n, 1n, 2_000_000_000n, (1n << 31n) - 1n])
  if (roll(4) === 0) changed.before = pick(roll, [0n, 1n, 5000n, (1n << 64n) - 1n])
  return changed
}

const optionNames = [
  'force-command',
  'source-address',
  'verify-required',
  'no-touch-required',
  'permit-pty',
  'permit-X11-forwarding',
  'x@example.com',
  'Force-Command',
  '',
  'permit-pty ',
  'a\0b',
  'permit-pty\0',
]
const optionValues: readonly Bytes[] = [
  bytes(),
  bytes(0),
  strings(''),
  strings('echo a'),
  strings('10.0.0.1'),
  strings('a\0'),
  strings('a\0b'),
  strings('a', 'b'),
  strings(bytes(0xff, 0xfe)),
  join(strings('a'), bytes(0)),
  strings('abc').slice(0, -1),
  bytes(0xff, 0xff, 0xff, 0xff),
]

/** A list of options as nobody would write it. */
function options(roll: Dice): Bytes {
  const items: (string | Bytes)[] = []
  for (let count = roll(4); count > 0; count--) items.push(pick(roll, optionNames), pick(roll, optionValues))
  const whole = strings(...items)
  return (
    [() => whole.slice(0, roll(whole.length + 1)), () => flipBit(roll, whole), () => join(whole, bytes(0))][
      roll(8)
    ]?.() ?? whole
  )
}

const algorithms = ['ssh-ed25519', 'rsa-sha2-256', 'rsa-sha2-512', 'ssh-rsa', 'ecdsa-sha2-nistp256', 'ssh-dss', 'x', '']

function spoil(roll: Dice, signature: Bytes): Bytes {
  const reader = new Reader(signature)
  const name = reader.string('algorithm')
  const rest = reader.rest()
  const cut = roll(rest.length)
  const made = [
    () => flipBit(roll, signature),
    () => signature.slice(0, roll(signature.length)),
    () => join(signature, bytes(0)),
    () => join(strings(pick(roll, algorithms)), rest),
    () => join(strings(name), rest.slice(0, cut), bytes(0), rest.slice(cut)),
    () => join(strings(join(name, bytes(0))), rest),
    () => join(strings(name), strings(join(bytes(0), rest.slice(4)))),
  ]
  return pick(roll, made)()
}

/** One changed certificate of each kind of change. */
export const mutations: Readonly<Record<string, (roll: Dice, subject: Authority, by: Authority) => Promise<Bytes>>> = {
  'a bit, as it was signed': async (roll, subject, by) =>
    flipBit(roll, await seal(encode(fields(subject, by)), by.signer)),
  'a bit, signed anew': (roll, subject, by) => seal(flipBit(roll, encode(fields(subject, by))), by.signer),
  'a field, signed anew': (roll, subject, by) => seal(encode(splice(roll, fields(subject, by))), by.signer),
  'the options, signed anew': (roll, subject, by) => {
    const list = roll(2) ? 'critical' : 'extensions'
    return seal(encode({ ...fields(subject, by), [list]: options(roll) }), by.signer)
  },
  'the signature': (roll, subject, by) => seal(encode(fields(subject, by)), by.signer, (b) => spoil(roll, b)),
  'the end': async (roll, subject, by) => {
    const whole = await seal(encode(fields(subject, by)), by.signer)
    return roll(2) ? whole.slice(0, roll(whole.length)) : join(whole, new Uint8Array(1 + roll(4)))
  },
}
