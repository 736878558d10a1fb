/** The half of the page that says what files are. */

import { element, make, say } from './dom.ts'
import type { Row, Told } from './messages.ts'
import { createTeller, progressText } from './progress.ts'
import { run } from './run.ts'

/** What the library reads of a text file at most (`limits.textFileLength`); a longer one is not even opened. */
const MOST = 1 << 27

const told = element('told', HTMLElement)
const chooser = element('file', HTMLInputElement)
const pasted = element('pasted', HTMLTextAreaElement)
const clear = element('clear', HTMLButtonElement)

let count = 0
/** What ends the work that is under way. */
const running = new Set<() => void>()
/** How often all of it was ended: files that still wait for their turn then are not told. */
let stopped = 0

function stopAll(): void {
  stopped++
  for (const stop of running) stop()
}

function listOf(rows: readonly Row[]): HTMLElement {
  return make(
    'dl',
    {},
    ...rows.flatMap(([label, ...values]) => [
      make('dt', {}, label),
      make('dd', {}, ...(values.length === 1 ? [values[0]!] : values.map((value) => make('span', {}, value)))),
    ]),
  )
}

/** Foreign text on one line, without characters that turn the direction of writing. */
function shownName(name: string): string {
  return name.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\ufffd').slice(0, 200)
}

/** The place of one file on the page, and the work on it. */
function card(name: string, file: Blob): { tell(passphrase?: Uint8Array): Promise<void> } {
  const id = `told-${++count}`
  const title = make('h3', { id, tabIndex: -1 }, name)
  const body = make('div')
  const place = make('section', { className: 'told' }, title, body)
  place.setAttribute('aria-labelledby', id)
  told.prepend(place)
  clear.hidden = false

  /** A form for the passphrase, under what could be told without it. */
  function ask(problem: string | undefined): HTMLElement {
    const input = make('input', { type: 'password', id: `${id}-passphrase`, autocomplete: 'off' })
    const label = make('label', { htmlFor: input.id }, 'Passphrase')
    const form = make('form', { className: 'field' }, label, input)
    if (problem !== undefined) {
      const text = make('p', { className: 'alert', id: `${id}-error` }, problem)
      text.setAttribute('role', 'alert')
      input.setAttribute('aria-describedby', text.id)
      input.setAttribute('aria-invalid', 'true')
      form.append(text)
    }
    form.append(
      make('p', { className: 'actions' }, make('button', { type: 'submit', ariaLabel: `Open ${name}` }, 'Open')),
    )
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      const secret = new TextEncoder().encode(input.value)
      input.value = ''
      void tell(secret)
    })
    return form
  }

  /** What was told last, for the time when a passphrase was wrong. */
  let known: Told | undefined

  function show(result: Told): void {
    known = result
    title.textContent = `${name}: ${result.title}`
    const parts: HTMLElement[] = [listOf(result.rows)]
    if (result.randomart) {
      const art = make('pre', { className: 'art' }, result.randomart.trimEnd())
      art.setAttribute('role', 'img')
      art.setAttribute('aria-label', `Randomart of ${result.fingerprint}`)
      parts.push(art)
    }
    if (result.locked) parts.unshift(ask(undefined))
    body.replaceChildren(...parts)
  }

  async function tell(passphrase?: Uint8Array): Promise<void> {
    const id = `${title.id}-work`
    const label = make('label', { htmlFor: id }, 'Reading')
    const bar = make('progress', { max: 1, id })
    const cancel = make('button', { type: 'button', ariaLabel: `Cancel ${name}` }, 'Cancel')
    body.replaceChildren(make('div', { className: 'work' }, label, bar, cancel))
    if (passphrase) cancel.focus()
    const teller = createTeller(say)
    const task = run({ job: 'identify', file, passphrase }, (progress) => {
      const { text, part } = progressText(progress)
      label.textContent = text
      if (part !== undefined) bar.value = part
      teller(progress)
    })
    running.add(task.stop)
    cancel.addEventListener('click', () => {
      task.stop()
      if (known) show(known)
      else body.replaceChildren(make('p', {}, 'Cancelled'))
      title.focus()
    })
    const result = await task.result
    running.delete(task.stop)
    if ('told' in result) {
      show(result.told)
      if (passphrase || !result.told.locked) title.focus()
      else body.querySelector('input')?.focus()
      say(`${title.textContent}${result.told.locked ? '. A passphrase is needed' : ''}`)
    } else if ('error' in result && known && result.error.code === 'passphrase-wrong') {
      body.replaceChildren(ask('That passphrase does not open it.'), listOf(known.rows))
      body.querySelector('input')?.focus()
    } else if ('error' in result) {
      const text = make('p', { className: 'alert' }, result.error.message)
      body.replaceChildren(text)
      title.focus()
      say(`${name}: ${result.error.message}`)
    }
  }
  return { tell }
}

async function tellFiles(files: Iterable<File>): Promise<void> {
  const begun = stopped
  for (const file of files) {
    if (stopped !== begun) return
    const place = card(shownName(file.name), file)
    if (file.size > MOST) {
      const text = `${file.size} octets are more than any such file has`
      told.querySelector('div')?.replaceChildren(make('p', { className: 'alert' }, text))
      say(`${shownName(file.name)}: ${text}`)
    } else await place.tell()
  }
}

/** Puts the place for files to work. */
export function setUpTelling(): void {
  const mark = (on: boolean): void => void document.documentElement.classList.toggle('dragging', on)
  addEventListener('dragover', (event) => {
    // Else the browser would leave the page and open the file.
    event.preventDefault()
    mark(event.dataTransfer?.types.includes('Files') === true)
  })
  addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) mark(false)
  })
  addEventListener('drop', (event) => {
    mark(false)
    const { files } = event.dataTransfer ?? {}
    const intoField = event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLInputElement
    if (!files || files.length === 0) {
      // A link that is dropped would be followed.
      if (!intoField) event.preventDefault()
      return
    }
    event.preventDefault()
    void tellFiles([...files])
  })
  chooser.addEventListener('change', () => {
    const files = [...(chooser.files ?? [])]
    chooser.value = ''
    void tellFiles(files)
  })
  element('tell-pasted', HTMLButtonElement).addEventListener('click', () => {
    const { value } = pasted
    pasted.value = ''
    if (value === '') pasted.focus()
    else void card('Pasted text', new Blob([value])).tell()
  })
  clear.addEventListener('click', () => {
    stopAll()
    told.replaceChildren()
    clear.hidden = true
    chooser.focus()
    say('Cleared')
  })
  addEventListener('pagehide', () => {
    stopAll()
    told.replaceChildren()
    pasted.value = ''
  })
}
