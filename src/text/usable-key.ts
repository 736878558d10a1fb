/** Keys whose type nobody may use unless the caller says so: DSA, which OpenSSH has not read since 10.0. */

import { VerificationError } from '../errors.ts'
import { findType, type KeyType } from '../keys/key-type.ts'

/** What is accepted. */
interface Accepted {
  readonly types: readonly KeyType[]
  readonly algorithms?: readonly string[] | undefined
}

/** Whether a key of that type can make a signature that is accepted; of a type not among `types` that is not known. */
export function isUsable(name: string, { types, algorithms }: Accepted): boolean {
  const type = findType(types, name)
  return !type || type.algorithms.length > 0 || type.legacyAlgorithms.some((legacy) => algorithms?.includes(legacy))
}

/** Throws `VerificationError` `algorithm-not-allowed`. */
export function checkUsable(name: string, accepted: Accepted): void {
  if (!isUsable(name, accepted)) {
    throw new VerificationError(
      'algorithm-not-allowed',
      `keys of type ${name} are accepted only where the policy names it`,
    )
  }
}
