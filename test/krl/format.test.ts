import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createKrl, formatKrl, type Krl, parseKrl } from '../../src/krl/index.ts'
import { concat, hex, repeatable, toHex } from '../support/bytes.ts'
import { publicKey } from '../support/keys.ts'
import { bitmap, certificates, list, numbers, part, section } from './bytes.ts'

type Serials = readonly (bigint | readonly [bigint, bigint])[]
const any = new Uint8Array(0)
const krlOf = (serials: Serials): Krl =>
  createKrl({ version: 1n, generatedAt: 1700000000, certificates: [{ authority: null, serials }] })
const written = (serials: Serials) => toHex(formatKrl(krlOf(serials)))
const expected = (...parts: readonly Uint8Array[]) => toHex(list(certificates(any, ...parts)))

/** The fewest octets for sorted runs of numbers, by trying all ways to part them; exponential. */
function least(runs: readonly (readonly [number, number])[], listed: number): number {
  if (runs.length === 0) return 0
  const [[first, last]] = runs as [readonly [number, number]]
  const rest = runs.slice(1)
  let best = Math.min(21, listed * (last - first + 1)) + least(rest, listed)
  for (let i = 0; i < runs.length; i++) {
    const bits = runs[i]![1] - first + 1
    if (bits <= 16384) best = Math.min(best, 18 + (bits >> 3) + least(runs.slice(i + 1), listed))
  }
  return best
}

describe('formatKrl', () => {
  it('writes a list, a range or a bitmap, whichever is shortest', () => {
    assert.equal(written([5n]), expected(part(section.serialList, numbers(5n))))
    assert.equal(written([[5n, 50n]]), expected(part(section.serialRange, numbers(5n, 50n))))
    assert.equal(written([5n, 7n, 9n]), expected(bitmap(5n, hex('15'))))
    assert.equal(written([1n, 2n ** 63n]), expected(part(section.serialList, numbers(1n, 2n ** 63n))))
  })

  it('gives a bitmap its sign octet where the highest bit asks for it', () => {
    assert.equal(written([5n, 7n, 12n]), expected(bitmap(5n, hex('0085'))))
    assert.equal(
      written([2n ** 64n - 8n, 2n ** 64n - 6n, 2n ** 64n - 1n]),
      expected(bitmap(2n ** 64n - 8n, hex('0085'))),
    )
  })

  it('collects single numbers from everywhere in one list', () => {
    assert.equal(
      written([1n, [1000n, 2000n], 5000n, [10000n, 20000n], 50000n]),
      expected(
        part(section.serialList, numbers(1n, 5000n, 50000n)),
        part(section.serialRange, numbers(1000n, 2000n)),
        part(section.serialRange, numbers(10000n, 20000n)),
      ),
    )
  })

  it('needs no more octets than any other way of writing whole ranges', () => {
    const random = repeatable(7)
    for (let round = 0; round < 300; round++) {
      const runs: [number, number][] = []
      const wide = [8, 40, 300, 9000][round & 3]!
      let at = 1
      for (let i = 0; i < 1 + (random(1)[0]! & 7); i++) {
        const [a, b, c] = random(3) as unknown as [number, number, number]
        at += 2 + (((a << 8) | b) % wide)
        runs.push([at, at + (c & 1 ? 0 : c & 2 ? (c >> 2) % 3 : c >> 2)])
        at = runs.at(-1)![1]
      }
      const { length } = formatKrl(krlOf(runs.map(([first, last]) => [BigInt(first), BigInt(last)])))
      const best = Math.min(least(runs, Number.POSITIVE_INFINITY), 5 + least(runs, 8))
      assert.equal(length, list(certificates(any)).length + best, JSON.stringify(runs))
    }
  })

  it('writes no bitmap of more than 16384 bits, which OpenSSH does not read', () => {
    const serials = Array.from({ length: 30000 }, (_, i) => BigInt(2 * i + 1))
    const bytes = formatKrl(krlOf(serials))
    assert.ok(bytes.length < 60000 / 8 + 200)
    assert.ok(bytes.length > 3 * 2048)
    let at = list(certificates(any)).length
    const lengths: number[] = []
    while (at < bytes.length) {
      assert.equal(bytes[at], section.serialBitmap)
      const [length] = [new DataView(bytes.buffer, at + 13).getUint32(0)]
      lengths.push(length!)
      at += 17 + length!
    }
    assert.deepEqual(lengths.slice(0, -1), [2048, 2048, 2048])
    assert.deepEqual(parseKrl(bytes, { types: [] }).authorities, krlOf(serials).authorities)
  })

  it('survives a round trip, whatever the numbers', () => {
    const random = repeatable(11)
    for (let round = 0; round < 60; round++) {
      const shift = BigInt(round)
      const serials = Array.from({ length: 200 }, () => {
        const first = 1n + (BigInt(`0x${toHex(random(8))}`) >> shift)
        const span = BigInt(random(1)[0]! & 3 ? 0 : random(1)[0]!)
        const last = first + span
        return [first < 2n ** 64n ? first : 1n, last < 2n ** 64n ? last : 2n ** 64n - 1n] as const
      })
      const krl = krlOf(serials)
      assert.deepEqual(parseKrl(formatKrl(krl), { types: [] }), krl)
    }
  })

  it('writes the same bytes whatever the order of what it was made of', () => {
    const [a, b] = [publicKey('ca-ed25519'), publicKey('ca-rsa')]
    const made = (reverse: boolean) => {
      const turn = <T>(items: T[]) => (reverse ? items.reverse() : items)
      return formatKrl(
        createKrl({
          generatedAt: 1,
          certificates: turn([
            { authority: a, serials: turn([1n, [5n, 9n], 7n, 3n]), keyIds: turn(['b', 'a', 'ä', '\udcff', '𝄞', '﹏']) },
            { authority: null, serials: [4n] },
            { authority: b, keyIds: ['x'] },
            { authority: a, serials: [2n] },
          ]),
          keys: turn([publicKey('ed25519'), publicKey('rsa2048')]),
          sha1: turn([new Uint8Array(20).fill(9), new Uint8Array(20).fill(1)]),
          sha256: turn([new Uint8Array(32).fill(255), new Uint8Array(32).fill(128)]),
        }),
      )
    }
    assert.deepEqual(made(true), made(false))
  })

  it('sorts hashes as numbers, keys and key ids by their octets', () => {
    const krl = createKrl({
      generatedAt: 0,
      sha1: [255, 0, 128, 127].map((octet) => new Uint8Array(20).fill(octet)),
      certificates: [{ authority: null, keyIds: ['b', 'ab', 'a', 'ä', '𝄞', '﹏'] }],
    })
    const { sha1, authorities } = parseKrl(formatKrl(krl), { types: [] })
    assert.deepEqual(
      Array.from(sha1, (text) => text.charCodeAt(0)),
      [0, 127, 128, 255],
    )
    assert.deepEqual([...authorities.get('')!.keyIds], ['a', 'ab', 'b', 'ä', '﹏', '𝄞'])
  })

  it('leaves out sections of nothing and keeps extensions', () => {
    const empty = createKrl({ generatedAt: 1700000000, version: 1n, certificates: [{ authority: null, serials: [] }] })
    assert.deepEqual(formatKrl(empty), list())
    const bytes = list(
      certificates(any, part(section.certificateExtension, hex('00000001 61 00 00000000'))),
      part(section.extension, hex('00000001 62 00 00000001 ff')),
    )
    assert.deepEqual(formatKrl(parseKrl(bytes, { types: [] })), bytes)
  })

  it('leaves signatures out: they are of other bytes', () => {
    const signed = concat(list(), part(section.signature, hex('00')), hex('00000000'))
    assert.deepEqual(formatKrl(parseKrl(signed, { types: [] })), list())
  })
})
