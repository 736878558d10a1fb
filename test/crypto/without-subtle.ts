/** Runs `work` as in a runtime whose `crypto` has no `subtle`, or another one. */
export async function withSubtle<T>(subtle: object | undefined, work: () => Promise<T>): Promise<T> {
  const real = globalThis.crypto
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, 'crypto')
  const value = { subtle, getRandomValues: (array: Uint8Array<ArrayBuffer>) => real.getRandomValues(array) }
  Object.defineProperty(globalThis, 'crypto', { value, configurable: true, writable: true })
  try {
    return await work()
  } finally {
    // Bun keeps `crypto` on the prototype of the global object.
    if (descriptor) Object.defineProperty(globalThis, 'crypto', descriptor)
    else Reflect.deleteProperty(globalThis, 'crypto')
  }
}

/** `name` and a runner for each path: the runtime's own WebCrypto, and none at all. */
export const paths: readonly (readonly [string, <T>(work: () => Promise<T>) => Promise<T>])[] = [
  ['with WebCrypto', (work) => work()],
  ['without WebCrypto', (work) => withSubtle(undefined, work)],
]

/** Octets of a hexadecimal string. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (octet) => Number.parseInt(octet, 16))
}

/** UTF-8 of `value`. */
export function utf8(value: string): Uint8Array {
  return new TextEncoder().encode(value)
}
