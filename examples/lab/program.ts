/** Programs that an example runs to their end. */

import type { ChildProcess } from 'node:child_process'
import type { Ended } from './tell.ts'

/** Waits until a program has ended, and gives all that it printed. What it reads is `input`. Rejects where it is not there. */
export function endOf(child: ChildProcess, input = ''): Promise<Ended> {
  return new Promise((done, fail) => {
    let [out, err] = ['', '']
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      out += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      err += text
    })
    child.once('error', fail)
    child.once('close', (code) => done({ code: code ?? -1, out, err }))
    // Who ends early reads nothing.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })
}
