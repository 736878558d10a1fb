/**
 * Times on the command line (ISO 8601; ssh-keygen(1), option -V; misc.c `convtime`, `parse_absolute_time`), and times
 * and spans for people.
 */

import { UsageError } from './arguments.ts'

const FOREVER = 0xffffffffffffffffn

/** Seconds of the units of `convtime`. */
const units: Readonly<Record<string, bigint>> = { '': 1n, s: 1n, m: 60n, h: 3600n, d: 86400n, w: 604800n }

/** Unix seconds now. */
export function currentTime(): bigint {
  return BigInt(Math.floor(Date.now() / 1000))
}

/** `1h30m` and the like; a number without a unit is seconds. */
function parseSpan(text: string): bigint | undefined {
  if (!/^([0-9]{1,18}[smhdw]?)+$/i.test(text)) return undefined
  let sum = 0n
  for (const [, digits, unit] of text.matchAll(/([0-9]+)([smhdw]?)/gi))
    sum += BigInt(digits!) * units[unit!.toLowerCase()]!
  return sum
}

const openssh = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?(Z)?$/
const iso = /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?(Z|z|[+-]\d\d(?::?\d\d)?)?)?$/

/** A calendar time; without a zone it is local, as in OpenSSH. 31 February is none. */
function parseCalendar(text: string): bigint | undefined {
  const match = openssh.exec(text) ?? iso.exec(text)
  if (!match) return undefined
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const zone = match[7]
  if (month < 1 || month > 12 || day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return undefined
  if (hour > 23 || minute > 59 || second > 59) return undefined
  let ms: number
  if (zone === undefined) ms = new Date(year, month - 1, day, hour, minute, second).getTime()
  else {
    const [, sign, hours = 0, minutes = 0] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? []
    const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
    ms = Date.UTC(year, month - 1, day, hour, minute, second) - offset * 60_000
  }
  return BigInt(Math.floor(ms / 1000))
}

function parseAny(text: string, now: bigint): bigint | undefined {
  if (text === 'always') return 0n
  if (text === 'forever') return FOREVER
  if (/^@[0-9]{1,20}$/.test(text)) return BigInt(text.slice(1))
  if (!/^[+-]/.test(text)) return parseCalendar(text)
  const span = parseSpan(text.slice(1))
  return span === undefined ? undefined : text[0] === '-' ? now - span : now + span
}

/** A time as an argument says it, in unix seconds. Throws {@link UsageError}. */
export function parseTime(text: string, option: string, now: bigint): bigint {
  const time = parseAny(text, now)
  if (time === undefined) {
    throw new UsageError(
      `--${option}: a time expected, such as 2026-11-21T14:00, 20261121140000Z, @1795270000, +5m or -1h`,
    )
  }
  if (time < 0n || time > FOREVER) throw new UsageError(`--${option}: this time does not fit 64 bits from 1970 on`)
  return time
}

/** A time for people: local, in ISO 8601; unix seconds where `Date` cannot hold it. */
export function formatTime(time: bigint): string {
  const date = new Date(Number(time) * 1000)
  if (Number.isNaN(date.getTime())) return `@${time}`
  const two = (n: number): string => `${n}`.padStart(2, '0')
  const day = `${`${date.getFullYear()}`.padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
  const offset = -date.getTimezoneOffset()
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`
  return `${day}T${clock}${offset === 0 ? 'Z' : zone}`
}

/** A span for people, in its largest unit: `4 minutes`. */
export function formatSpan(seconds: bigint): string {
  const names = [
    ['year', 31_556_952n],
    ['week', 604800n],
    ['day', 86400n],
    ['hour', 3600n],
    ['minute', 60n],
  ] as const
  // Two of a unit at least, but for years: "30 hours" tells more than "1 day".
  const [name, size] = names.find(([unit, length]) => seconds >= (unit === 'year' ? length : 2n * length)) ?? [
    'second',
    1n,
  ]
  const count = (2n * seconds + size) / (2n * size)
  return `${count} ${name}${count === 1n ? '' : 's'}`
}
