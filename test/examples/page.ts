/** What the page is asked to do in a browser, whichever it is, and what the real tools say of the files that come out. */

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { encodePublicKey, parsePublicKey } from '../../src/index.ts'
import { fresh, must, put } from '../interop/support.ts'
import { until } from './support.ts'

/** The part of a browser that is used here. */
export interface Page {
  evaluate<T>(body: string, ...args: readonly unknown[]): Promise<T>
  readonly downloads: string
}

/** What the form is filled with. */
export interface Wish {
  readonly type: 'ed25519' | 'ecdsa' | 'rsa'
  /** Of ECDSA its curve, of RSA its bits. */
  readonly size?: string | undefined
  readonly container: 'openssh' | 'pem' | 'ppk'
  readonly passphrase?: string | undefined
  readonly comment?: string | undefined
  readonly cost?: string | undefined
}

/** What the page shows of a new key. */
export interface Shown {
  readonly fingerprint: string
  readonly art: string
  readonly artName: string
  readonly publicLine: string
  readonly encryption: string
  readonly privateName: string
  readonly publicName: string
  readonly focus: string
  readonly status: string
}

/** Fills the form and sends it off. */
export async function begin(page: Page, wish: Wish): Promise<void> {
  await page.evaluate(
    `const [{ type, size, container, passphrase = '', comment = '', cost = '1' }] = arguments
     const by = (id) => document.getElementById(id)
     by('make').querySelector('[value=' + type + ']').click()
     by('make').querySelector('[value=' + container + ']').click()
     if (type === 'ecdsa') by('curve').value = size
     if (type === 'rsa') by('bits').value = size
     by('passphrase').value = passphrase
     by('again').value = passphrase
     by('comment').value = comment
     by('cost').value = cost
     by('make-button').click()
     if (by('passphrase').value !== '' || by('again').value !== '') throw new Error('the passphrase still stands there')`,
    wish,
  )
}

/** Waits for the key that was begun. */
export function made(page: Page): Promise<Shown> {
  return until(
    'the key',
    () =>
      page
        .evaluate<Shown | string | null>(
          `const by = (id) => document.getElementById(id)
           if (!by('make-error').hidden) return by('make-error').textContent
           if (by('made').hidden) return null
           return {
             fingerprint: by('made-fingerprint').textContent,
             art: by('made-art').textContent,
             artName: by('made-art').getAttribute('aria-label'),
             publicLine: by('public-line').value,
             encryption: by('encryption').textContent,
             privateName: by('private-name').textContent,
             publicName: by('public-name').textContent,
             focus: document.activeElement.id,
             status: by('status').textContent,
           }`,
        )
        .then((shown) => {
          if (typeof shown === 'string') throw new Error(shown)
          return shown ?? undefined
        }),
    240_000,
  )
}

/** Clicks a download and gives its path, out of the way of the next one. */
async function download(page: Page, button: string, name: string): Promise<string> {
  const path = join(page.downloads, name)
  rmSync(path, { force: true })
  await page.evaluate(`document.getElementById(arguments[0]).click()`, button)
  await until(`the download of ${name}`, () => {
    const busy = readdirSync(page.downloads).some((file) => /\.(part|crdownload)$/.test(file))
    return (existsSync(path) && !busy && readFileSync(path).length > 0) || undefined
  })
  const moved = fresh('downloaded')
  renameSync(path, moved)
  return moved
}

/** Makes a key in the page, downloads it, and has the real tools open it. */
export async function makeAndOpen(page: Page, wish: Wish): Promise<Shown> {
  await begin(page, wish)
  const shown = await made(page)
  assert.equal(shown.focus, 'made-title')
  assert.match(shown.status, /The key is made/)
  const extension = { openssh: '', pem: '.pem', ppk: '.ppk' }[wish.container]
  assert.equal(shown.privateName, `id_${wish.type}${extension}`)
  assert.equal(/not encrypted/.test(shown.encryption), wish.passphrase === undefined, shown.encryption)
  const privateFile = await download(page, 'save-private', shown.privateName)
  const publicFile = await download(page, 'save-public', shown.publicName)

  const line = readFileSync(publicFile, 'utf8')
  assert.equal(line.trim(), shown.publicLine)
  assert.ok(line.trim().endsWith(wish.comment ?? ''), line)
  const listed = await must('ssh-keygen', ['-lvf', publicFile])
  assert.equal(listed.split(' ')[1], shown.fingerprint)
  assert.equal(listed.slice(listed.indexOf('\n') + 1).trim(), shown.art.trim())
  assert.equal(shown.artName, `Randomart of ${shown.fingerprint}`)

  // The public half, as the tool derives it from the private file.
  const [type, blob] = line.trim().split(' ')
  const secret = wish.passphrase ?? ''
  if (wish.container === 'pem') {
    const args = ['pkey', '-in', privateFile, '-passin', `pass:${secret}`, '-pubout', '-outform', 'DER', '-out']
    const out = fresh('spki')
    await must('openssl', [...args, out])
    assert.deepEqual(new Uint8Array(readFileSync(out)), encodePublicKey(parsePublicKey(line)))
  } else {
    let opened = put(readFileSync(privateFile), 'private')
    if (wish.container === 'ppk') {
      const out = fresh('from-putty')
      const files = ['--old-passphrase', put(secret), '--new-passphrase', put('')]
      await must('puttygen', [opened, ...files, '-O', 'private-openssh-new', '-o', out])
      opened = out
    }
    const derived = await must('ssh-keygen', ['-y', '-P', wish.container === 'ppk' ? '' : secret, '-f', opened])
    assert.deepEqual(derived.trim().split(' ').slice(0, 2), [type, blob])
  }
  return shown
}

/** What the page shows of the file that it was given last. */
export interface Card {
  readonly title: string
  readonly rows: Readonly<Record<string, string>>
  readonly locked: boolean
  readonly alert: string
  readonly working: boolean
}

/** Waits until the file on top has been told; `accept` says what is waited for. */
export function told(page: Page, what: string, accept: (card: Card) => boolean): Promise<Card> {
  return until(what, async () => {
    const card = await page.evaluate<Card | null>(
      `const card = document.querySelector('#told > section')
       if (!card) return null
       const rows = {}
       for (const dt of card.querySelectorAll('dt')) {
         const dd = dt.nextElementSibling
         rows[dt.textContent] = dd.children.length > 0 ? [...dd.children].map((c) => c.textContent).join('\\n') : dd.textContent
       }
       return {
         title: card.querySelector('h3').textContent,
         rows,
         locked: card.querySelector('input[type=password]') !== null,
         alert: card.querySelector('.alert')?.textContent ?? '',
         working: card.querySelector('progress') !== null,
       }`,
    )
    return card && !card.working && accept(card) ? card : undefined
  })
}

/** Answers the prompt for a passphrase, and takes that back at once where `cancel` says so. */
export async function answer(page: Page, passphrase: string, options: { readonly cancel?: true } = {}): Promise<void> {
  await page.evaluate(
    `const [passphrase, cancel] = arguments
     const card = document.querySelector('#told > section')
     const input = card.querySelector('input[type=password]')
     input.value = passphrase
     input.form.requestSubmit()
     if (cancel) card.querySelector('button[aria-label^=Cancel]').click()`,
    passphrase,
    options.cancel === true,
  )
}

/** Begins to watch how often and how late the page gets its turn. */
export function watchGaps(page: Page): Promise<unknown> {
  return page.evaluate(
    `const seen = (window.gaps = { begun: performance.now(), longest: 0, turns: 0 })
     let last = seen.begun
     const turn = () => {
       const now = performance.now()
       seen.longest = Math.max(seen.longest, now - last)
       if (!document.getElementById('work').hidden) seen.turns++
       last = now
       if (window.gaps === seen) setTimeout(turn, 0)
     }
     turn()`,
  )
}

/** The time that was watched, the longest that the page had to wait for its turn, in ms, and its turns while it worked. */
export function gaps(page: Page): Promise<{ readonly all: number; readonly longest: number; readonly turns: number }> {
  return page.evaluate(
    `const { begun, longest, turns } = window.gaps
     window.gaps = undefined
     return { all: performance.now() - begun, longest, turns }`,
  )
}

/** A proxy that answers what it was given pages for, and lets nothing else through but notes it. */
export interface Proxy {
  readonly port: number
  /** Pages by their URL. */
  readonly pages: Map<string, string>
  /** How often a page of those was asked for. */
  readonly served: readonly string[]
  /** Everything else that was asked for. */
  readonly refused: readonly string[]
  close(): void
}

/** Starts the proxy on loopback. */
export async function startProxy(): Promise<Proxy> {
  const [pages, served, refused] = [new Map<string, string>(), [] as string[], [] as string[]]
  const server = createServer((request, response) => {
    const url = String(request.url)
    const page = pages.get(url)
    if (page === undefined) refused.push(`${request.method} ${url}`)
    else served.push(url)
    response.writeHead(page === undefined ? 403 : 200, { 'content-type': 'text/html; charset=utf-8' }).end(page)
  })
  server.on('connect', (request, socket) => {
    refused.push(`CONNECT ${request.url}`)
    // A browser that ends does not wait for its answer.
    socket.on('error', () => undefined)
    socket.end('HTTP/1.1 403 no\r\n\r\n')
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as { port: number }
  return {
    port,
    pages,
    served,
    refused,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** A file of that name and content in a folder; gives its path. */
export function named(folder: string, name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
