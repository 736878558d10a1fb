/** The vectors that puttygen made (`test/vectors/make-putty.sh`). */
import { vector, vectorText } from './vectors.ts'

/** One file and what `puttygen -l` says of its key. */
export interface PuttyVector {
  readonly file: string
  readonly format: 'ppk2' | 'ppk3' | 'sshcom' | 'rfc4716'
  readonly encrypted: boolean
  readonly type: string
  readonly sha256: string
  readonly comment: string
}

/** All files, and the passphrase of the encrypted ones. */
export const putty: { readonly passphrase: string; readonly files: readonly PuttyVector[] } = JSON.parse(
  vectorText('putty/manifest.json'),
)

/** The octets of a file. */
export const puttyFile = (file: string): Uint8Array => vector(`putty/${file}`)

/** The text of a file; only for those that are ASCII. */
export const puttyText = (file: string): string => vectorText(`putty/${file}`)
