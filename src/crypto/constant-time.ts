/** Comparison of secrets. */

/**
 * Whether `a` and `b` hold the same octets; the time depends on their lengths alone.
 *
 * @example
 * ```ts
 * import { equalBytes } from 'hawser/crypto'
 *
 * console.log(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))) // true
 * console.log(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 3))) // false
 * ```
 */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!
  return difference === 0
}
