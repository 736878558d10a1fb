/**
 * Files cut off at each octet and with each bit turned over: nothing but the library's own errors, and the same verdicts
 * in every runtime, by the table in `expected.json`.
 */
import { flipped, toHex } from '../../support/bytes.ts'
import assert from '../assert.ts'
import type { Add, Given } from '../suite.ts'
import { expectedOf } from '../support.ts'
import type { Expected } from './writing.ts'

/** Files of `own/`, one of each artifact; with `bits`, also each of their bits is turned. */
const files: readonly (readonly [path: string, bits: boolean])[] = [
  ['keys/ed25519', true],
  ['keys/ecdsa521', false],
  ['keys/ed25519.pub', true],
  ['keys/rsa1024.pub', false],
  ['encrypted/ed25519.aes256-gcm', false],
  ['certs/user-ed25519-cert.pub', false],
  ['certs/options-cert.pub', false],
  ['der/ecdsa256.pem.der', true],
  ['der/ecdsa256.pk8.der', true],
  ['der/ecdsa256.spki.der', true],
  ['der/openssl25519.scrypt.pk8', false],
  ['putty/ed25519-v3.ppk', false],
  ['putty/ed25519.rfc4716', false],
  ['krl/ids.krl', true],
  ['krl/keys.krl', false],
  ['sshsig/ed25519.sha512.sig', true],
  ['x509/ed25519.crt', false],
]

/** Names of what is tried, and a function that gives what comes of each trial. */
export function trials(given: Given): readonly (readonly [name: string, verdicts: () => string])[] {
  const { SshError } = given.library.errors
  const verdict = (input: Uint8Array): string => {
    try {
      const found = given.library.root.identify(input)
      return `${found.artifact} ${found.format}`
    } catch (error) {
      if (error instanceof SshError) return error.code
      throw error
    }
  }
  return files.flatMap(([path, bits]) => {
    const bytes = (): Uint8Array => given.file(`own/${path}`)
    const cut = (): string => Array.from(bytes(), (_, length) => verdict(bytes().slice(0, length))).join('\n')
    const turned = (): string => {
      const whole = bytes()
      return Array.from({ length: 8 * whole.length }, (_, i) => verdict(flipped(whole, i))).join('\n')
    }
    return [[`${path}, cut off`, cut] as const, ...(bits ? [[`${path}, a bit turned`, turned] as const] : [])]
  })
}

export function malformedCases(given: Given, add: Add): void {
  const { crypto, wire } = given.library
  const expected = given.json<Expected>('suite/expected.json')
  for (const [name, verdicts] of trials(given)) {
    add.plain(name, () => {
      const found = toHex(crypto.sha256.digest(wire.encodeText(verdicts())))
      assert.equal(found, expectedOf(expected.verdicts, name))
    })
  }
}
