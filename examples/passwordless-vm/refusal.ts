/** The three ways in which nothing was done, one an exit code. */

/** Understood, and not done: exit code 1. */
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

/** A server that could not be asked, so that nothing is known of it: exit code 2. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}
