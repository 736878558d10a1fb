/** What the service refuses: a stable code, and the status that goes with it over HTTP. */

const statuses = {
  'bad-request': 400,
  unauthenticated: 401,
  forbidden: 403,
  'network-refused': 403,
  'not-found': 404,
  exists: 409,
  'in-use': 409,
  'too-large': 413,
  'bad-key': 422,
  'gate-unreachable': 502,
  busy: 503,
  unavailable: 503,
} as const

export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly code: string
  /** `detail` is a code of the library that says more than ours: it takes its place. */
  constructor(code: keyof typeof statuses, message: string, detail: string = code) {
    super(message)
    this.status = statuses[code]
    this.code = detail
  }
}
