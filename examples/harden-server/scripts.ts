/** The scripts that a step becomes: one that asks, one that changes, one that says the proof, one that takes back. */

import { prelude } from './look.ts'
import { quote, type Step } from './step.ts'
import type { Wishes } from './wishes.ts'

const store = '/var/lib/harden-server'

/** Text for a script's stdin; no line of it ends it before. */
function here(text: string): string {
  let end = 'END'
  while (text.includes(end)) end += 'D'
  return `<<'${end}'\n${text}${text.endsWith('\n') ? '' : '\n'}${end}\n`
}

const headOf = (step: Step): string => `${prelude}step=${store}/${step.store}\ntry=$step/try\n`

const secretsOf = ({ secrets }: Wishes): string =>
  Object.entries(secrets)
    .filter((pair): pair is [string, string] => pair[1] !== undefined)
    .map(([name, value]) => `secret_${name}() { cat ${here(value)}}\n`)
    .join('')

/** Succeeds where nothing is to be done, but for the files. */
export const checkScript = (step: Step): string => `${prelude}${step.check || ':'}\n`

/** How to get back, by itself: it lies on the server. */
const backScript = (commands: string): string => `${prelude}set +e
try=\${0%/*}
restore "$try"
${commands}
`

/** What fires where no proof comes. It is sh's first, second and third word that say when, which one, and where. */
const watchScript = `${prelude}seconds=$1 token=$2 step=$3
try=$step/try
sleep "$seconds"
if [ "$(cat "$try/token" 2>/dev/null)" = "$token" ]; then roll_back; fi
`

function change(step: Step, token: string, patience: number, back: string, body: string): string {
  return `${headOf(step)}
begin ${token}
trap 'code=$?; if [ $code -ne 0 ]; then roll_back; fi; exit $code' EXIT
cat >"$try/undo" ${here(backScript(back))}
cat >"$try/watch" ${here(watchScript)}
arm ${patience} ${token}
${body}
trap - EXIT
`
}

/** Makes the change. It is taken back at once where a command fails, and after `patience` seconds without a proof. */
export function applyScript(step: Step, wishes: Wishes, token: string): string {
  const folders = step.folders.map((words) => `make_dir ${words.map(quote).join(' ')}\n`).join('')
  const files = step.files
    .map(({ path, mode, owner, content }) => `put ${[path, mode, owner].map(quote).join(' ')} ${here(content)}`)
    .join('')
  const body = `${step.keep}
${secretsOf(wishes)}${step.prepare}\n${folders}${files}${step.judge}\n${step.activate}`
  return change(step, token, wishes.patience, `${step.undo}\n${step.activate}`, body)
}

/** The proof. Who says it has come in by the way that it proves. */
export const confirmScript = (step: Step, token: string): string => `${headOf(step)}confirm ${token}\n`

/** Takes a change back at once, where somebody still gets in. */
export const rollBackScript = (step: Step): string => `${headOf(step)}
if [ -d "$try" ]; then roll_back && say 'taken back'; else say 'the server has taken it back by itself'; fi
`

/** Goes back to what was there before the first change; itself a change, with the way forward again kept. An account that
 * is removed stays so. */
export function undoScript(step: Step, wishes: Wishes, token: string): string {
  const body = `${step.keep}
while read -r what path; do case $what in file | none) keep "$path" ;; esac; done <"$step/orig/manifest"
sh "$step/orig/undo"`
  return `${headOf(step)}if [ ! -d "$step/orig" ]; then exit 0; fi\n${change(step, token, wishes.patience, `${step.undo}\n${step.activate}`, body)}`
}

/** The proof that undoing has locked nobody out: there is nothing left of the step. */
export const forgetScript = (step: Step, token: string): string =>
  `${headOf(step)}confirm ${token}\nrm -rf "$step"\nrmdir "$store" 2>/dev/null || :\n`
