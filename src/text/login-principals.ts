/**
 * AuthorizedPrincipalsFile (sshd_config(5); openssh-portable auth2-pubkeyfile.c `auth_process_principals`,
 * `auth_check_principals_line`): one principal a line, options in front of it.
 */

import { SshError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import { bad } from '../wire/expect.ts'
import { optionsEnd } from '../wire/option-list.ts'
import { decodeText } from '../wire/text.ts'
import { type LoginOptions, parseKeyOptions } from './key-options.ts'
import { fileBytes, fileLines } from './text-file.ts'

/**
 * The first line that names one of the `principals`, whole and exactly. `#` starts a comment anywhere; a line with bad
 * options is passed over.
 */
export function findPrincipal(
  input: string | Uint8Array,
  principals: readonly string[],
  limits?: Partial<Limits>,
): { readonly principal: string; readonly options: LoginOptions } | undefined {
  const bytes = fileBytes(input, limits)
  for (const { start, next } of fileLines(bytes)) {
    // With its carriage return, which is not white space there: such a line names nobody.
    const text = decodeText(bytes.subarray(start, next))
      .split(/[\0#]/, 1)[0]!
      .replace(/^[ \t]+/, '')
    let end = text.length
    while (end > 0 && ' \t\n'.includes(text[end - 1]!)) end--
    const line = text.slice(0, end)
    const blank = line.lastIndexOf(' ') + 1 || line.lastIndexOf('\t') + 1
    const principal = line.slice(blank).replace(/^\t+/, '')
    if (!principals.includes(principal) || principal === '') continue
    try {
      const optionEnd = blank ? optionsEnd(line, 0) : 0
      if (optionEnd < 0) throw bad('key options', 'a quote at their end')
      return { principal, options: parseKeyOptions(line.slice(0, optionEnd)) }
    } catch (error) {
      if (!(error instanceof SshError)) throw error
    }
  }
  return undefined
}
