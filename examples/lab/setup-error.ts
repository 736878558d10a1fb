/** A configuration, a file, an address or records that a service must not go on with. */
export class SetupError extends Error {
  override readonly name = 'SetupError'
}
