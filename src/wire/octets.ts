/** Joining and widening byte strings. Each result is a new array, which its user wipes where it holds a secret. */

/** One array of all the parts. */
export function concat(parts: readonly ArrayLike<number>[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** `bytes` with zeros in front, `size` octets in all. */
export function padLeft(bytes: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size)
  out.set(bytes, size - bytes.length)
  return out
}
