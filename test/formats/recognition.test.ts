import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  formatPrivateKey,
  formatPublicKey,
  generateKey,
  identify,
  parsePrivateKey,
  parsePublicKey,
} from '../../src/index.ts'

const lines = (text: string, change: (line: string) => string): string => text.split('\n').map(change).join('\n')
const octets = (text: string): Uint8Array => new TextEncoder().encode(text)

/** What people and clouds put around a key file. */
const wraps: Readonly<Record<string, (text: string) => string>> = {
  nothing: (text) => text,
  'a byte order mark': (text) => `\ufeff${text}`,
  'lines that end with CRLF': (text) => text.replace(/\r?\n/g, '\r\n'),
  indentation: (text) => lines(text, (line) => (line === '' ? line : `    ${line}`)),
  'no line feed at its end': (text) => text.trimEnd(),
  'a JSON string': (text) => JSON.stringify(text),
  "a cloud's answer": (text) => JSON.stringify({ RequestId: '1', PrivateKeyBody: text, KeyPairName: 'k' }, null, 2),
  'a JSON string with CRLF inside': (text) => JSON.stringify({ body: text.replace(/\r?\n/g, '\r\n') }),
}
/** A JWK is JSON itself, and a public line has nothing to say where it begins. */
const banner = (text: string): string => `Bag Attributes\n    friendlyName: k\n\n${text}`
const isJson = (name: string): boolean => name.includes('JSON') || name.includes('cloud')

// Ahead of all tests: Deno does not wait for a `describe`.
const key = await generateKey('ecdsa-p256', { comment: 'me@home' })

describe('a key file is recognised whatever stands around it', () => {
  for (const format of ['openssh', 'pkcs8', 'sec1', 'ppk2', 'ppk3', 'jwk']) {
    it(`${format}, private`, async () => {
      const file = await formatPrivateKey(key, { format })
      const around = Object.entries({ ...wraps, ...(format !== 'jwk' && { 'text in front': banner }) })
      for (const [name, wrap] of around.filter(([name]) => format !== 'jwk' || !isJson(name))) {
        for (const input of [wrap(file), octets(wrap(file))]) {
          assert.deepEqual((await parsePrivateKey(input)).publicKey.blob, key.publicKey.blob, name)
          assert.equal(identify(input).format, format, name)
        }
      }
    })
  }

  for (const format of ['openssh', 'spki', 'rfc4716', 'putty-public', 'jwk']) {
    it(`${format}, public`, () => {
      const file = formatPublicKey(key.publicKey, { format, comment: 'me@home' })
      const hasMark = format !== 'openssh' && format !== 'jwk'
      const around = Object.entries({ ...wraps, ...(hasMark && { 'text in front': banner }) })
      for (const [name, wrap] of around.filter(([name]) => format !== 'jwk' || !isJson(name))) {
        for (const input of [wrap(file), octets(wrap(file))]) {
          assert.deepEqual(parsePublicKey(input).blob, key.publicKey.blob, name)
          assert.equal(identify(input).format, format, name)
        }
      }
    })
  }
})

describe('what is no key is told by its look, never by its content', () => {
  for (const [input, seen] of [
    ['', 'nothing'],
    [' \n\t', 'nothing'],
    ['hunter2', 'other text'],
    ['{"a":1}', 'JSON without one'],
    ['<!doctype html>', 'markup such as a web page'],
    [new Uint8Array(3), 'binary data'],
    ['-----BEGIN PGP MESSAGE-----\n-----END PGP MESSAGE-----\n', 'a block "PGP MESSAGE"'],
  ] as const) {
    it(seen, async () => {
      assert.throws(() => parsePublicKey(input), {
        code: 'unknown-format',
        message: `no public key found, but ${seen}`,
      })
      await assert.rejects(parsePrivateKey(input), {
        code: 'unknown-format',
        message: `no private key found, but ${seen}`,
      })
    })
  }
})

describe('strings of JSON that only look like a key', () => {
  for (const text of [
    '"-----BEGIN \\',
    '{"k":"PuTTY-User-Key-File-3: \\',
    '{"k":"---- BEGIN SSH2 PUBLIC KEY ----\\n',
    '["x AAAA"]',
  ]) {
    it(text, async () => {
      for (const input of [text, octets(text)]) {
        assert.throws(() => parsePublicKey(input), { name: 'FormatError' })
        await assert.rejects(parsePrivateKey(input), { name: 'FormatError' })
      }
    })
  }

  it('are looked through in linear time', () => {
    assert.throws(() => parsePublicKey(`{"${'"'.repeat(400_000)}`), { name: 'FormatError' })
    assert.throws(() => parsePublicKey(`{${'"aaaaaaaa'.repeat(50_000)}\\`), { name: 'FormatError' })
  })
})
