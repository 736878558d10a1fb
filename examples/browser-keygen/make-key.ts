/** The half of the page that makes keys. */

import type { KeyAlias } from 'hawser'
import { copy, download, element, say } from './dom.ts'
import type { Container, Made } from './messages.ts'
import { createTeller, progressText } from './progress.ts'
import { run } from './run.ts'

const form = element('make', HTMLFormElement)
const problem = element('make-error', HTMLElement)
const work = element('work', HTMLElement)
const workText = element('work-text', HTMLElement)
const bar = element('bar', HTMLProgressElement)
const cancel = element('cancel', HTMLButtonElement)
const button = element('make-button', HTMLButtonElement)
const made = element('made', HTMLElement)
const passphrase = element('passphrase', HTMLInputElement)
const again = element('again', HTMLInputElement)
const curve = element('curve', HTMLSelectElement)
const bits = element('bits', HTMLSelectElement)
const comment = element('comment', HTMLInputElement)
const cost = element('cost', HTMLSelectElement)
const publicLine = element('public-line', HTMLTextAreaElement)

/** The key on the page. Its octets are here alone; they become text only where somebody copies them. */
let key: (Made & { readonly name: string }) | undefined
let stop: (() => void) | undefined

function choice(name: string): string {
  return String(new FormData(form).get(name))
}

function forget(): void {
  key?.privateFile.fill(0)
  key = undefined
  made.hidden = true
  for (const id of ['made-fingerprint', 'made-art', 'encryption']) element(id, HTMLElement).textContent = ''
  element('made-art', HTMLElement).removeAttribute('aria-label')
  publicLine.value = ''
}

function fail(text: string, field?: HTMLInputElement): void {
  problem.textContent = text
  problem.hidden = false
  for (const input of [passphrase, again, comment]) input.toggleAttribute('aria-invalid', false)
  field?.setAttribute('aria-invalid', 'true')
  ;(field ?? button).focus()
}

function setWorking(working: boolean): void {
  work.hidden = !working
  button.disabled = working
  if (working) {
    workText.textContent = 'Working'
    bar.removeAttribute('value')
  }
}

function show(result: Made, name: string, extension: string): void {
  key = { ...result, name }
  element('made-title', HTMLElement).textContent = `Your new key: ${result.title}`
  element('encryption', HTMLElement).textContent = `The file is ${result.encryption}.`
  element('private-name', HTMLElement).textContent = `${name}${extension}`
  element('public-name', HTMLElement).textContent = `${name}.pub`
  element('made-fingerprint', HTMLElement).textContent = result.fingerprint
  publicLine.value = result.publicLine.trim()
  const art = element('made-art', HTMLElement)
  art.textContent = result.randomart.trimEnd()
  art.setAttribute('aria-label', `Randomart of ${result.fingerprint}`)
  made.hidden = false
  element('made-title', HTMLElement).focus()
  say(`The key is made. Its fingerprint is ${result.fingerprint}`)
}

async function start(): Promise<void> {
  problem.hidden = true
  for (const input of [passphrase, again, comment]) input.removeAttribute('aria-invalid')
  if (passphrase.value !== again.value) return fail('The two passphrases differ.', again)
  forget()
  const kind = choice('type')
  const container = choice('container') as Container
  const secret = passphrase.value === '' ? undefined : new TextEncoder().encode(passphrase.value)
  passphrase.value = ''
  again.value = ''
  setWorking(true)
  cancel.focus()
  say('Making the key')
  const tell = createTeller(say)
  const task = run(
    {
      job: 'generate',
      type: (kind === 'ecdsa' ? curve.value : kind) as KeyAlias,
      bits: kind === 'rsa' ? Number(bits.value) : undefined,
      comment: comment.value,
      container,
      passphrase: secret,
      cost: Number(cost.value),
    },
    (progress) => {
      const { text, part } = progressText(progress)
      workText.textContent = text
      if (part === undefined) bar.removeAttribute('value')
      else bar.value = part
      tell(progress)
    },
  )
  stop = task.stop
  const result = await task.result
  if ('stopped' in result) return
  stop = undefined
  setWorking(false)
  if ('made' in result) show(result.made, `id_${kind}`, { openssh: '', pem: '.pem', ppk: '.ppk' }[container])
  else if ('error' in result) fail(result.error.message)
}

function copyFrom(id: string, what: string, text: () => string): void {
  const from = element(id, HTMLButtonElement)
  from.addEventListener('click', () => copy(from, what, text()))
}

/** Puts the form to work. */
export function setUpMaking(): void {
  const sync = (): void => {
    element('curve-field', HTMLElement).hidden = choice('type') !== 'ecdsa'
    element('bits-field', HTMLElement).hidden = choice('type') !== 'rsa'
  }
  form.addEventListener('change', sync)
  sync()
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void start()
  })
  cancel.addEventListener('click', () => {
    stop?.()
    stop = undefined
    setWorking(false)
    button.focus()
    say('Cancelled')
  })
  element('save-private', HTMLButtonElement).addEventListener('click', () => {
    if (key) download(element('private-name', HTMLElement).textContent ?? key.name, key.privateFile)
  })
  element('save-public', HTMLButtonElement).addEventListener('click', () => {
    if (key) download(`${key.name}.pub`, new TextEncoder().encode(key.publicLine))
  })
  copyFrom('copy-private', 'Private key', () => (key ? new TextDecoder().decode(key.privateFile) : ''))
  copyFrom('copy-public', 'Public key', () => key?.publicLine ?? '')
  copyFrom('copy-fingerprint', 'Fingerprint', () => key?.fingerprint ?? '')
  element('forget', HTMLButtonElement).addEventListener('click', () => {
    forget()
    button.focus()
    say('The key is forgotten')
  })
  addEventListener('pagehide', () => {
    stop?.()
    forget()
  })
}
