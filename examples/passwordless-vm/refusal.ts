/** The three ways in which nothing was done, one an exit code. */

export { Refusal, UsageError } from '../lab/refusal.ts'

/** A server that could not be asked, so that nothing is known of it: exit code 2. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}
