/** The two ways in which a command ends badly, one an exit code. */

/** Understood, and not done, or taken back: exit code 1. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** A command line that says nothing that is known: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
