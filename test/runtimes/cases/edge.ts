/**
 * The edges of Ed25519, ECDSA and RSA: each signature of `edge.json` with its verdict. The file is made by
 * `make-edge.ts`, by arithmetic that is not the library's; there each case was also shown to `ssh-keygen`, and where
 * that says something else the reason stands with the case.
 */
import { hex } from '../../support/bytes.ts'
import assert from '../assert.ts'
import type { Add, Given } from '../suite.ts'
import { codeOf } from '../support.ts'

/** One key, message and signature, all in hexadecimal, and what must come of it. */
export interface EdgeCase {
  readonly group: string
  readonly name: string
  /** Blob of the public key. */
  readonly key: string
  readonly data: string
  /** Blob of the signature. */
  readonly signature: string
  /** `ok`, or the code of the error. */
  readonly verdict: string
  /** What `ssh-keygen -Y check-novalidate` says; absent where it was not asked. */
  readonly openssh?: boolean
  /** Why the two differ. */
  readonly why?: string
}

export function edgeCases(given: Given, add: Add): void {
  const { keys } = given.library
  for (const entry of given.json<readonly EdgeCase[]>('suite/edge.json')) {
    add.crypto(`${entry.group}: ${entry.name}`, async () => {
      const types = keys.allTypes
      const algorithms = types.flatMap((type) => [...type.algorithms, ...type.legacyAlgorithms])
      const code = await codeOf(given, () => {
        const key = keys.decodePublicKey(hex(entry.key), { types })
        return keys.verifySignature(key, hex(entry.signature), hex(entry.data), { types, algorithms })
      })
      assert.equal(code ?? 'ok', entry.verdict)
    })
  }
}
