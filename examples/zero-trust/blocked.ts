/** Who is shut out at once: people who get no more certificates, and certificates that no host takes any more. */

export interface Blocked {
  /** Goes up with each change; hosts take no older list. */
  readonly version: bigint
  /** Identities. */
  readonly disabled: readonly string[]
  /** Of certificates. */
  readonly serials: readonly bigint[]
}

/** Of a certificate that can be revoked, in decimal: 1 to 2^64 - 1. */
export function isSerial(value: unknown): value is string {
  return typeof value === 'string' && /^[1-9][0-9]{0,19}$/.test(value) && BigInt(value) < 1n << 64n
}

/** Reads `{"version": 1, "disabled": ["bob@example.com"], "serials": ["123"]}`. Throws `TypeError` for anything else. */
export function readBlocked(text: string): Blocked {
  const { version, disabled, serials, ...more } = Object(JSON.parse(text)) as Record<string, unknown>
  const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
  if (!Number.isSafeInteger(version) || Number(version) < 1) throw new TypeError('blocked: a version expected')
  if (!Array.isArray(disabled) || !disabled.every(isText)) throw new TypeError('blocked: disabled, a list, expected')
  if (!Array.isArray(serials) || !serials.every(isSerial)) throw new TypeError('blocked: serials, a list, expected')
  if (Object.keys(more).length > 0) throw new TypeError('blocked: a member that is not known')
  return { version: BigInt(Number(version)), disabled, serials: serials.map(BigInt) }
}

/** Writes it, one version on. */
export function formatBlocked({ version, disabled, serials }: Blocked): string {
  const all = { version: Number(version) + 1, disabled, serials: serials.map(String) }
  return `${JSON.stringify(all, null, 2)}\n`
}

/** Nobody. */
export const nobodyBlocked: string = formatBlocked({ version: 0n, disabled: [], serials: [] })
