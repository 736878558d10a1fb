/** Constants that take time to compute: on first use, so that whoever imports the library waits for none of them. */

/** Gives the value of `make`, which runs once, when it is first asked for. */
export function once<T>(make: () => T): () => T {
  let value: T | undefined
  return () => {
    value ??= make()
    return value
  }
}
