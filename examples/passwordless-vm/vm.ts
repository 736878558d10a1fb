/** What is decided about a VM before anything is written. */

import type { PublicKey } from 'hawser'

export interface Vm {
  readonly name: string
  readonly user: string
  /** Where its sshd listens. */
  readonly port: number
  /** Name or address at which it will be reached. */
  readonly host: string
  /** Who logs in: the key made for it first, then those that were added. */
  readonly keys: readonly PublicKey[]
  /** SHA-1 of the X.509 certificate in DER, in capital hexadecimal. */
  readonly thumbprint: string
}
