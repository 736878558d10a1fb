/** What demonstrations print, and how they judge: each thing that must happen is a line, and ends it where it does not. */

/** How a program ended. */
export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

const color = (code: number, text: string): string => (process.env.NO_COLOR ? text : `\x1b[${code}m${text}\x1b[0m`)

let headings = 0
export const counts = { logins: 0, refusals: 0 }

export function heading(text: string): void {
  console.log(`\n${color(1, `${++headings}. ${text}`)}`)
}

export function tell(text: string): void {
  for (const line of text.trimEnd().split('\n')) console.log(`   ${line}`)
}

/** What somebody types, at which machine. */
export function typed(line: string, machine = ''): void {
  console.log(`   ${color(36, `${machine}$ ${line}`)}`)
}

function wrong(what: string, { code, out, err }: Ended): Error {
  return new Error(`${what}: not what was expected. Exit code ${code}\n${out}${err}`)
}

/** It worked, and said `expected`. */
export function works(what: string, ended: Ended, expected: RegExp): void {
  if (ended.code !== 0 || !expected.test(ended.out)) throw wrong(what, ended)
  counts.logins++
  console.log(`   ${color(32, 'in     ')} ${what}: ${ended.out.trim().split('\n').at(-1)}`)
}

/** It was refused, for the reason `expected`. */
export function refused(what: string, ended: Ended, expected: RegExp): void {
  const reason = expected.exec(ended.err)?.[0]
  if (ended.code === 0 || reason === undefined) throw wrong(what, ended)
  counts.refusals++
  console.log(`   ${color(33, 'refused')} ${what}: ${reason}`)
}
