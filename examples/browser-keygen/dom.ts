/** The page's elements and the few things that it does to them. Text goes in as text; nothing is ever parsed as HTML. */

/** The element with that id, of that class. */
export function element<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id)
  if (!(found instanceof kind)) throw new Error(`no #${id}`)
  return found
}

/** A new element. */
export function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = Object.assign(document.createElement(name), properties)
  made.append(...children)
  return made
}

/** Says something to those who hear the page. */
export function say(text: string): void {
  element('status', HTMLElement).textContent = text
}

/** Hands octets over as a download. */
export function download(name: string, data: Uint8Array): void {
  const url = URL.createObjectURL(new Blob([new Uint8Array(data)], { type: 'application/octet-stream' }))
  make('a', { href: url, download: name }).click()
  // The browser reads it after the click has been dealt with.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
  say(`${name} downloaded`)
}

/** Copies a text, and says what came of it, aloud and on the button that asked for it. */
export async function copy(button: HTMLButtonElement, what: string, text: string): Promise<void> {
  let came = 'Copied'
  try {
    await navigator.clipboard.writeText(text)
    say(`${what} copied`)
  } catch {
    // No clipboard here (a page that is not secure), or not allowed: there is nothing else to be known of it.
    came = 'Cannot copy'
    say('The browser does not let this page copy; select the text instead')
  }
  const [label] = button.childNodes
  if (!(label instanceof Text) || label.data !== 'Copy') return
  label.data = came
  setTimeout(() => {
    label.data = 'Copy'
  }, 1500)
}
