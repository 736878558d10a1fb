/**
 * The page that makes keys, opened from disk in real browsers: what it makes, real tools open; what it is given, it
 * names; it does not block, does not break its own policy, and nothing leaves.
 *
 * `SCREENSHOT=1` writes docs/browser-keygen.png.
 */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { findTool } from '../../examples/quickstart/sshd.ts'
import { keyVector, manifest, passphrase, vector } from '../support/vectors.ts'
import { type Chromium, startChromium } from './chromium.ts'
import { type Firefox, startFirefox } from './firefox.ts'
import {
  answer,
  begin,
  type Card,
  gaps,
  made,
  makeAndOpen,
  named,
  type Page,
  startProxy,
  told,
  type Wish,
  watchGaps,
} from './page.ts'
import { withPalette } from './png.ts'
import { at, folder, missing, programFor, until } from './support.ts'

const { buildPage } = (await import(new URL('../../examples/browser-keygen/build.mjs', import.meta.url).href)) as {
  buildPage(): Promise<string>
}
const html = await buildPage()
const dir = folder('keygen')
const file = pathToFileURL(named(dir, 'keygen.html', html)).href

/** Every type and container, with a passphrase and without; the larger curves once. */
const wishes: readonly Wish[] = [
  ...(['ed25519', 'ecdsa', 'rsa'] as const).flatMap((type) =>
    (['openssh', 'pem', 'ppk'] as const).flatMap((container) =>
      [undefined, 'päss wörd 🔑'].map((secret): Wish => {
        const size = { ed25519: undefined, ecdsa: 'ecdsa-p256', rsa: '2048' }[type]
        return { type, size, container, passphrase: secret, comment: container === 'pem' ? '' : 'me@home' }
      }),
    ),
  ),
  { type: 'ecdsa', size: 'ecdsa-p384', container: 'pem', passphrase: 'x' },
  { type: 'ecdsa', size: 'ecdsa-p521', container: 'openssh', passphrase: 'x' },
  { type: 'rsa', size: '4096', container: 'openssh' },
]

/** The files that are dropped: where they are, and what the page must say of them. */
const drops: readonly (readonly [path: string, title: RegExp, rows?: Readonly<Record<string, RegExp>>])[] = [
  ['keys/rsa2048.pub', /Public key, openssh$/, { Type: /^ssh-rsa, 2048 bits$/ }],
  ['keys/ecdsa521', /Private key, openssh$/, { Encrypted: /^not encrypted$/, Checked: /belong together/ }],
  [
    'certs/options-cert.pub',
    /Certificate for a user, openssh$/,
    { 'Its signature': /holds$/, 'Critical options': /./ },
  ],
  ['certs/host-ed25519-cert.pub', /Certificate for a host, openssh$/, { Principals: /./ }],
  ['types/mldsa44-ed25519.pub', /Public key, openssh$/, { Type: /mldsa44/ }],
  ['x509/p256.crt', /X\.509 certificate, x509$/, { Subject: /CN=/, 'Thumbprint (SHA-256)': /^[0-9A-F]{64}$/ }],
  ['x509/rsa.key', /Private key, /, { Checked: /belong together/ }],
  ['krl/range.krl', /Revocation list, openssh$/, { Certificates: /serial \d+-\d+/ }],
  ['sshsig/ecdsa256.sha512.sig', /Signature, openssh$/, { Hash: /^sha512$/ }],
  ['sshsig/allowed_signers', /allowed_signers file/, { Entries: /SHA256:/ }],
  ['putty/ed25519-v2.ppk', /Private key, ppk2$/, { Encrypted: /^not encrypted$/ }],
  ['putty/ed25519.rfc4716', /Public key, rfc4716$/],
]

/** A public line whose comment would be markup, and would turn the direction of writing. */
const hostile = `${new TextDecoder().decode(vector('keys/no-comment.pub')).trim()} <img src=x onerror=alert(1)>\u202e`

/** Waits for the card of a file and holds it against what is expected. */
async function expectTold(
  page: Page,
  name: string,
  title: RegExp,
  rows: Readonly<Record<string, RegExp>> = {},
): Promise<Card> {
  const card = await told(page, name, (card) => card.title.startsWith(`${name}:`) || card.alert !== '')
  assert.equal(card.alert, '', name)
  assert.match(card.title, title)
  for (const [label, pattern] of Object.entries(rows)) assert.match(card.rows[label] ?? `no ${label}`, pattern, name)
  return card
}

/** Gives the page files by `give`, and checks what it says of them. */
async function tellFiles(page: Page, give: (path: string) => Promise<unknown>): Promise<void> {
  for (const [path, title, rows] of drops) {
    const name = path.replace('/', '-')
    await give(named(dir, name, vector(path)))
    await expectTold(page, name, title, rows)
  }
  for (const { name, fingerprints } of manifest.keys.filter(({ name }) => !name.startsWith('ca-'))) {
    await give(named(dir, `${name}.pub`, vector(`keys/${name}.pub`)))
    const card = await expectTold(page, `${name}.pub`, /Public key, openssh$/)
    assert.deepEqual([card.rows.Fingerprint, card.rows.MD5], [fingerprints.sha256, fingerprints.md5])
  }
  // Encrypted: what the file tells in clear, a passphrase that is wrong, the one that opens it.
  const { name, key } = manifest.encrypted.find((entry) => entry.name === 'ecdsa256.aes256-ctr')!
  await give(named(dir, name, vector(`encrypted/${name}`)))
  const locked = await expectTold(page, name, /Private key, openssh$/, { Encrypted: /aes256-ctr, bcrypt with/ })
  assert.ok(locked.locked)
  assert.equal(locked.rows.Fingerprint, keyVector(key).fingerprints.sha256)
  await answer(page, 'wrong')
  const refused = await told(page, 'the refusal', ({ alert }) => alert !== '')
  assert.match(refused.alert, /does not open it/)
  assert.ok(refused.locked)
  await answer(page, passphrase, { cancel: true })
  const cancelled = await told(page, 'the prompt again', ({ alert }) => alert === '')
  assert.ok(cancelled.locked)
  assert.match(
    await page.evaluate<string>(`return document.activeElement.textContent`),
    /ecdsa256\.aes256-ctr: Private key/,
  )
  await answer(page, passphrase)
  const opened = await told(page, 'the key inside', ({ rows }) => rows.Checked !== undefined)
  assert.equal(opened.rows.Fingerprint, keyVector(key).fingerprints.sha256)
  assert.ok(!opened.locked)

  await give(named(dir, 'hostile.pub', hostile))
  const { rows } = await expectTold(page, 'hostile.pub', /Public key/)
  assert.equal(rows.Comment, '<img src=x onerror=alert(1)>\\u{202e}')
  assert.equal(await page.evaluate(`return document.querySelectorAll('#told img, #told script').length`), 0)
  // Cleared while the first of two is read: the second must not come after it.
  await page.evaluate(
    `const data = new DataTransfer()
     for (const name of ['first', 'second']) data.items.add(new File([name], name))
     dispatchEvent(new DragEvent('drop', { dataTransfer: data, cancelable: true }))
     document.getElementById('clear').click()`,
  )
  for (const [name, content] of [
    ['empty', ''],
    ['noise', 'hello'],
    ['torn.pub', new TextDecoder().decode(vector('keys/rsa2048.pub')).slice(0, 60)],
  ] as const) {
    await give(named(dir, name, content))
    const card = await told(page, name, (card) => card.title.startsWith(name) && card.alert !== '')
    assert.doesNotMatch(card.alert, /internal|undefined/)
  }
  const titles = `return [...document.querySelectorAll('#told h3')].map((title) => title.textContent)`
  assert.deepEqual(await page.evaluate(titles), ['torn.pub', 'noise', 'empty'])
}

/** A KDF of some seconds runs while the page is watched, typed into, and then told to stop. */
async function staysResponsive(page: Page, t: TestContext, type: (text: string) => Promise<unknown>): Promise<void> {
  const inTime = new Set<string>()
  // Where this process was late and found the key made, again at a higher cost.
  for (const [container, cost, last] of [
    ['openssh', '4', false],
    ['openssh', '16', true],
    ['ppk', '1', false],
    ['ppk', '4', true],
  ] as const) {
    if (inTime.has(container)) continue
    await watchGaps(page)
    await begin(page, { type: 'ed25519', container, passphrase: 'x', cost })
    const seen = await until('progress', async () => {
      const [value, text, over] = await page.evaluate<[number, string, boolean]>(
        `const bar = document.getElementById('bar')
         return [bar.hasAttribute('value') ? bar.value : 0, document.getElementById('work-text').textContent,
           !document.getElementById('made').hidden]`,
      )
      return over ? '' : value > 0.05 && value < 1 ? text : undefined
    })
    if (seen) assert.match(seen, /^Deriving the key from the passphrase \((bcrypt|Argon2)\), \d+ %$/)
    await page.evaluate(`document.getElementById('pasted').focus()`)
    await type(`typed during ${container}`)
    assert.equal(await page.evaluate(`return document.getElementById('pasted').value`), `typed during ${container}`)
    if (await page.evaluate(`return document.getElementById('made').hidden`)) inTime.add(container)
    else assert.ok(!last, 'typed while the key was made')
    await page.evaluate(`document.getElementById('pasted').value = ''`)
    await made(page)
    const { all, longest, turns } = await gaps(page)
    const figures = `${container} x${cost}: ${all.toFixed(0)} ms, longest wait ${longest.toFixed(0)} ms, ${turns} turns`
    t.diagnostic(figures)
    console.log(`responsiveness, ${t.name}, ${figures}`)
    // A page that runs the KDF itself has a turn or two before and after it.
    assert.ok(turns >= 20, figures)
  }
  await begin(page, { type: 'ed25519', container: 'openssh', passphrase: 'x', cost: '16' })
  const [focus, hidden] = await page.evaluate<[string, boolean]>(
    `const focus = document.activeElement.id
     document.getElementById('cancel').click()
     return [focus, document.getElementById('work').hidden]`,
  )
  assert.deepEqual([focus, hidden], ['cancel', true])
  assert.deepEqual(
    await page.evaluate(`return [document.activeElement.id, document.getElementById('made').hidden,
      document.getElementById('status').textContent]`),
    ['make-button', true, 'Cancelled'],
  )
}

/** Two passphrases that differ are told where they stand; a key that is forgotten is gone. */
async function refusesAndForgets(page: Page): Promise<void> {
  await page.evaluate(
    `const by = (id) => document.getElementById(id)
     by('passphrase').value = 'one'
     by('again').value = 'two'
     by('make-button').click()`,
  )
  const state = await page.evaluate(
    `const again = document.getElementById('again')
     const error = document.getElementById('make-error')
     return [error.hidden, error.textContent, error.getAttribute('role'), again.getAttribute('aria-invalid'),
       document.activeElement.id, again.getAttribute('aria-describedby')]`,
  )
  assert.deepEqual(state, [false, 'The two passphrases differ.', 'alert', 'true', 'again', 'make-error'])
  const shown = await makeAndOpen(page, { type: 'ed25519', container: 'openssh' })
  await page.evaluate(`document.getElementById('forget').click()`)
  const left = await page.evaluate<string>(`return document.body.innerText + document.body.innerHTML +
    [...document.querySelectorAll('input, textarea')].map((field) => field.value).join(' ')`)
  assert.ok(!left.includes(shown.fingerprint) && !left.includes(shown.publicLine.split(' ')[1]!))
}

/** Nothing is kept by the page, wherever a page can keep something. */
async function keepsNothing(page: Page): Promise<void> {
  const kept = await page.evaluate(
    `const tried = async (work) => { try { return await work() } catch (error) { return error.name } }
     return [
       await tried(() => localStorage.length),
       await tried(() => sessionStorage.length),
       await tried(() => document.cookie),
       await tried(async () => (await indexedDB.databases()).length),
     ]`,
  )
  for (const value of kept as unknown[]) assert.ok([0, '', 'SecurityError'].includes(value as string), String(kept))
}

/**
 * What was asked for outside, but for the browser's own talk with its maker, which the flags and preferences of these
 * tests do not silence. Of Chromium, its protocol tells besides what the page and its workers ask for.
 */
function left({ refused }: { readonly refused: readonly string[] }): readonly string[] {
  const makers =
    /^[A-Z]+ (https?:\/\/)?([\w-]+\.)+(google(apis)?\.com|gstatic\.com|gvt[12]\.com|(mozilla|firefox)\.(com|net|org))[:/]/
  return refused.filter((request) => !makers.test(request))
}

/** Notes in the page whatever its policy refuses. */
const noteViolations = `window.violations = []
  addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
    window.violations.push(effectiveDirective + ' ' + blockedURI)
  })`

/** Tries what the policy is there to refuse, and looks that it does. */
async function policyBites(page: Page): Promise<void> {
  await page.evaluate(
    `const tried = async (work) => { try { await work() } catch {} }
     await tried(() => fetch('http://localhost/leak'))
     await tried(() => new WebSocket('ws://localhost/leak'))
     await tried(() => navigator.sendBeacon('http://localhost/leak'))
     await tried(() => { document.body.append(Object.assign(new Image(), { src: 'http://localhost/leak' })) })
     await tried(() => { document.body.innerHTML += '<b>x</b>' })
     await tried(() => {
       const script = document.createElement('script')
       script.append('window.ran = true')
       document.body.append(script)
     })
     await tried(() => {
       const style = document.createElement('style')
       style.append('body { opacity: 0.5 }')
       document.head.append(style)
     })
     await tried(() => new Worker('data:text/javascript,0'))
     await tried(() => document.body.append(Object.assign(document.createElement('iframe'), { src: 'http://localhost/leak' })))
     await tried(() => {
       const form = Object.assign(document.createElement('form'), { action: 'http://localhost/leak' })
       document.body.append(form)
       form.submit()
     })`,
  )
  await until('what the policy refuses', async () => {
    const seen = (await page.evaluate<string[]>(`return window.violations`)).map((violation) => violation.split(' ')[0])
    const expected = [
      'connect-src',
      'img-src',
      'style-src-elem',
      'frame-src',
      'form-action',
      'require-trusted-types-for',
    ]
    return expected.every((directive) => seen.includes(directive)) || undefined
  })
  assert.equal(await page.evaluate(`return window.ran === undefined`), true)
  assert.equal(await page.evaluate(`return getComputedStyle(document.body).opacity`), '1')
}

/** The least contrast of any text that is shown with what is behind it (WCAG 2.2, 1.4.3: 4.5). */
const leastContrast = `
  const parse = (color) => color.match(/[\\d.]+/g).map(Number)
  const channel = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4)
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b)
  let least = [Infinity, '']
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement
    if (node.data.trim() === '' || !element.checkVisibility() || element.closest('noscript, script, .hidden, :disabled')) continue
    let behind = element
    while (behind && (parse(getComputedStyle(behind).backgroundColor)[3] ?? 1) === 0) behind = behind.parentElement
    const [a, b] = [getComputedStyle(element).color, getComputedStyle(behind ?? document.body).backgroundColor]
      .map((color) => light(parse(color)))
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
    if (ratio < least[0]) least = [ratio, node.data.trim()]
  }
  return least`

test('the page is one file, the same each time, and its policy names its one script and its one style', async () => {
  assert.equal(await buildPage(), html)
  const policy = /<meta http-equiv="Content-Security-Policy" content="([^"]+)">/.exec(html)
  assert.ok(policy)
  assert.ok(html.indexOf(policy[0]) < html.search(/<(script|style|link)\b/), 'the policy comes first')
  for (const [name, directive] of [
    ['script', 'script-src'],
    ['style', 'style-src'],
  ] as const) {
    const blocks = [...html.matchAll(new RegExp(`<${name}>([\\s\\S]*?)</${name}>`, 'g'))]
    assert.equal(blocks.length, 1, name)
    const hash = createHash('sha256').update(blocks[0]![1]!).digest('base64')
    assert.ok(policy[1]!.split('; ').includes(`${directive} 'sha256-${hash}'`), directive)
  }
  assert.match(policy[1]!, /^default-src 'none'; /)
  assert.doesNotMatch(policy[1]!, /unsafe|\*|https?:|connect-src/)
  const markup = html.replace(/<(script|style)>[\s\S]*?<\/\1>/g, '')
  assert.doesNotMatch(markup, /\s(on\w+|style|src)=/, 'no handler, no style and no source in the markup')
})

const tools = ['ssh-keygen', 'puttygen', 'openssl']

function toolsAreHere(t: TestContext): boolean {
  const absent = tools.filter((tool) => findTool(tool) === undefined)
  if (absent.length > 0) missing(t, `not installed: ${absent.join(', ')}`)
  return absent.length === 0
}

async function openInChromium(chromium: Chromium, url: string): Promise<void> {
  await chromium.send('Page.navigate', { url })
  await until('the page', () =>
    chromium
      .evaluate<boolean>(`return location.href === arguments[0] && document.readyState === 'complete'`, url)
      .then((done) => done || undefined),
  )
}

async function press(chromium: Chromium, key: string, more: object = {}): Promise<void> {
  const codes: Readonly<Record<string, number>> = { Tab: 9, Enter: 13, ' ': 32, ArrowRight: 39 }
  const text = key === 'Enter' ? '\r' : key === ' ' ? ' ' : undefined
  const base = { key, code: key === ' ' ? 'Space' : key, windowsVirtualKeyCode: codes[key], ...more }
  await chromium.send('Input.dispatchKeyEvent', { type: text ? 'keyDown' : 'rawKeyDown', text, ...base })
  await chromium.send('Input.dispatchKeyEvent', { type: 'keyUp', ...base })
}

/** Drops a file on the page as a person does, with the browser's own drag and drop. */
async function dropFile(chromium: Chromium, path: string): Promise<void> {
  const data = { items: [], files: [path], dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'drop']) {
    await chromium.send('Input.dispatchDragEvent', { type, x: 600, y: 30, data })
  }
}

interface AxNode {
  readonly ignored: boolean
  readonly role?: { readonly value: string }
  readonly name?: { readonly value: string }
}

/** Roles of what a person operates, or has to hear the name of. */
const needsName =
  /^(button|textbox|combobox|radio|checkbox|link|img|image|progressbar|group|radiogroup|region|heading|main)$/i

async function everythingHasAName(chromium: Chromium): Promise<number> {
  const { nodes } = (await chromium.send('Accessibility.getFullAXTree')) as unknown as { nodes: AxNode[] }
  const met = nodes.filter(
    ({ ignored, role }) => !ignored && needsName.test(role?.value ?? '') && role?.value !== 'main',
  )
  const nameless = met.filter(({ name }) => !name?.value.trim())
  assert.deepEqual(nameless, [])
  return met.length
}

test('Chromium', { timeout: 1_800_000 }, async (t) => {
  const program = programFor(t, 'chromium')
  if (program === undefined || !toolsAreHere(t)) return
  const proxy = await startProxy()
  const chromium = await startChromium(program, proxy.port)
  try {
    await chromium.send('Page.addScriptToEvaluateOnNewDocument', { source: noteViolations })
    await openInChromium(chromium, file)

    await t.test('makes keys of every type and container that the real tools open', async () => {
      for (const wish of wishes) await makeAndOpen(chromium, wish)
    })

    await t.test('names the files that are dropped on it', async () => {
      await tellFiles(chromium, (path) => dropFile(chromium, path))
    })

    await t.test('stays responsive while a KDF runs, and can be told to stop', async (t) => {
      await staysResponsive(chromium, t, (text) => chromium.send('Input.insertText', { text }))
    })

    await t.test('says what is wrong where it is, and forgets', async () => {
      await refusesAndForgets(chromium)
    })

    await t.test('copies', async () => {
      const { publicLine } = await makeAndOpen(chromium, { type: 'ed25519', container: 'openssh', comment: 'copied' })
      await chromium.evaluate(`document.getElementById('copy-public').click()`)
      await until('the copy', () =>
        chromium
          .evaluate<boolean>(`return document.getElementById('status').textContent === 'Public key copied'`)
          .then((done) => done || undefined),
      )
      await chromium.evaluate(`document.getElementById('pasted').focus()`)
      await press(chromium, 'v', { modifiers: 2, commands: ['Paste'] })
      const pasted = await chromium.evaluate<string>(`return document.getElementById('pasted').value`)
      assert.equal(pasted.trim(), publicLine)
      await chromium.evaluate(`document.getElementById('tell-pasted').click()`)
      await expectTold(chromium, 'Pasted text', /Public key, openssh$/, { Comment: /^copied$/ })
    })

    await t.test('gives every control a name, and text enough contrast, light and dark', async (t) => {
      assert.ok((await everythingHasAName(chromium)) > 40)
      for (const scheme of ['light', 'dark']) {
        const features = [
          { name: 'prefers-color-scheme', value: scheme },
          { name: 'prefers-reduced-motion', value: 'reduce' },
        ]
        await chromium.send('Emulation.setEmulatedMedia', { features })
        const [ratio, text] = await chromium.evaluate<[number, string]>(leastContrast)
        t.diagnostic(`${scheme}: least contrast ${ratio.toFixed(2)} ("${text}")`)
        assert.ok(ratio >= 4.5, `${scheme}: ${ratio} of "${text}"`)
        const moving = await chromium.evaluate(
          `return [...document.querySelectorAll('*')].filter((e) => getComputedStyle(e).transitionDuration !== '0s').length`,
        )
        assert.equal(moving, 0)
      }
      await chromium.send('Emulation.setEmulatedMedia', { features: [] })
    })

    await t.test('nothing was refused by the policy, nothing was kept, and nothing left', async () => {
      await keepsNothing(chromium)
      assert.deepEqual(await chromium.evaluate(`return window.violations`), [])
      const issues = chromium.events.filter(
        ({ method, params }) =>
          method === 'Runtime.exceptionThrown' ||
          (method === 'Log.entryAdded' && (params.entry as { level: string }).level !== 'verbose') ||
          (method === 'Audits.issueAdded' && JSON.stringify(params).includes('ContentSecurityPolicy')),
      )
      assert.deepEqual(issues, [])
      const urls = chromium.events
        .filter(({ method }) => method === 'Network.requestWillBeSent')
        .map(({ params }) => (params.request as { url: string }).url)
      assert.ok(
        urls.some((url) => url.startsWith('blob:')),
        'the network is watched',
      )
      assert.deepEqual(
        urls.filter((url) => url !== file && !/^(blob:null\/|data:|about:|chrome:)/.test(url)),
        [],
      )
    })

    await t.test('is operated by the keyboard alone', async () => {
      await openInChromium(chromium, 'about:blank')
      await openInChromium(chromium, file)
      const active = `const e = document.activeElement; return e.id || e.value || e.tagName`
      const order: string[] = []
      for (let i = 0; i < 10; i++) {
        await press(chromium, 'Tab')
        order.push(await chromium.evaluate<string>(active))
      }
      assert.deepEqual(order, [
        'ed25519',
        'openssh',
        'comment',
        'passphrase',
        'again',
        'cost',
        'make-button',
        'file',
        'pasted',
        'tell-pasted',
      ])
      await openInChromium(chromium, 'about:blank')
      await openInChromium(chromium, file)
      await press(chromium, 'Tab')
      await press(chromium, 'ArrowRight') // ECDSA
      await press(chromium, 'Tab')
      assert.equal(await chromium.evaluate(active), 'curve')
      for (let i = 0; i < 2; i++) await press(chromium, 'Tab')
      await chromium.send('Input.insertText', { text: 'by keyboard' })
      await press(chromium, 'Enter')
      const shown = await made(chromium)
      assert.match(shown.publicLine, /^ecdsa-sha2-nistp256 \S+ by keyboard$/)
      assert.equal(shown.focus, 'made-title')
      await press(chromium, 'Tab')
      assert.equal(await chromium.evaluate(active), 'save-private')
      await press(chromium, ' ')
      await until('the download', () =>
        chromium
          .evaluate<boolean>(`return document.getElementById('status').textContent === 'id_ecdsa downloaded'`)
          .then((done) => done || undefined),
      )
      assert.deepEqual(await chromium.evaluate(`return window.violations`), [])
    })

    await t.test('works from a server too, also where there is no WebCrypto', async () => {
      for (const [url, secure] of [
        ['http://localhost/', true],
        ['http://keygen.example/', false],
      ] as const) {
        proxy.pages.set(url, html)
        await openInChromium(chromium, url)
        assert.equal(await chromium.evaluate(`return isSecureContext`), secure)
        for (const type of ['ed25519', 'ecdsa'] as const) {
          await makeAndOpen(chromium, { type, size: 'ecdsa-p256', container: 'openssh', passphrase: 'x' })
        }
        assert.deepEqual(await chromium.evaluate(`return window.violations`), [])
      }
      assert.deepEqual(proxy.served, ['http://localhost/', 'http://keygen.example/'])
      assert.deepEqual(left(proxy), [])
    })

    await t.test('is held to its policy', async () => {
      await openInChromium(chromium, 'http://localhost/')
      await policyBites(chromium)
      assert.deepEqual(left(proxy), [])
    })
  } finally {
    await chromium.stop()
    proxy.close()
  }
})

/** The picture for the README: a key that was made, and a certificate that was dropped. */
async function screenshot(chromium: Chromium): Promise<void> {
  await openInChromium(chromium, file)
  await chromium.send('Emulation.setDeviceMetricsOverride', {
    width: 1180,
    height: 1000,
    deviceScaleFactor: 1,
    mobile: false,
  })
  await begin(chromium, { type: 'ed25519', container: 'openssh', comment: 'alice@laptop', passphrase: 'x' })
  await made(chromium)
  const name = 'alice-cert.pub'
  await dropFile(chromium, named(dir, name, vector('certs/options-cert.pub')))
  await expectTold(chromium, name, /Certificate/)
  await chromium.evaluate(`document.activeElement.blur()
    for (const dt of document.querySelectorAll('dt')) if (dt.textContent === 'MD5') { dt.nextElementSibling.remove(); dt.remove() }`)
  const { cssContentSize } = (await chromium.send('Page.getLayoutMetrics')) as { cssContentSize: { height: number } }
  const clip = { x: 0, y: 0, width: 1180, height: Math.ceil(cssContentSize.height), scale: 1 }
  const { data } = await chromium.send('Page.captureScreenshot', { format: 'png', clip, captureBeyondViewport: true })
  const png = withPalette(Buffer.from(data as string, 'base64'))
  assert.ok(png.length < 150_000, `${png.length} octets`)
  mkdirSync(at('docs'), { recursive: true })
  writeFileSync(join(at('docs'), 'browser-keygen.png'), png)
}

test('the picture for the README', { skip: !process.env.SCREENSHOT }, async (t) => {
  const program = programFor(t, 'chromium')
  if (program === undefined) return
  const proxy = await startProxy()
  const chromium = await startChromium(program, proxy.port)
  try {
    await screenshot(chromium)
  } finally {
    await chromium.stop()
    proxy.close()
  }
})

const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'

async function openInFirefox(firefox: Firefox, url: string): Promise<void> {
  await firefox.send('WebDriver:Navigate', { url })
  await firefox.evaluate(noteViolations)
}

async function find(firefox: Firefox, selector: string): Promise<string[]> {
  const found = await firefox.send('WebDriver:FindElements', { using: 'css selector', value: selector })
  return (found as Record<string, string>[]).map((entry) => entry[ELEMENT]!)
}

test('Firefox', { timeout: 1_800_000 }, async (t) => {
  const program = programFor(t, 'firefox')
  if (program === undefined || !toolsAreHere(t)) return
  const proxy = await startProxy()
  const firefox = await startFirefox(program, proxy.port)
  try {
    await openInFirefox(firefox, file)

    await t.test('makes keys of every type and container that the real tools open', async () => {
      for (const wish of wishes) await makeAndOpen(firefox, wish)
    })

    await t.test('names the files that are chosen', async () => {
      const [id] = await find(firefox, '#file')
      await tellFiles(firefox, (text) => firefox.send('WebDriver:ElementSendKeys', { id, text }))
    })

    await t.test('stays responsive while a KDF runs, and can be told to stop', async (t) => {
      const [id] = await find(firefox, '#pasted')
      await staysResponsive(firefox, t, (text) => firefox.send('WebDriver:ElementSendKeys', { id, text }))
    })

    await t.test('says what is wrong where it is, and forgets', async () => {
      await refusesAndForgets(firefox)
    })

    await t.test('gives every control a name', async () => {
      await makeAndOpen(firefox, { type: 'rsa', size: '2048', container: 'pem' })
      const shown: string[] = []
      for (const id of await find(firefox, 'button, input, select, textarea, progress, [role=img], section')) {
        if (!(await firefox.send('WebDriver:IsElementDisplayed', { id }))) continue
        shown.push(String(await firefox.send('WebDriver:GetComputedLabel', { id })))
      }
      assert.ok(shown.length > 20, `${shown.length} are shown`)
      assert.deepEqual(
        shown.filter((label) => label.trim() === ''),
        [],
      )
    })

    await t.test('nothing was refused by the policy, nothing was kept, and nothing left', async () => {
      await keepsNothing(firefox)
      assert.deepEqual(await firefox.evaluate(`return window.violations`), [])
      assert.deepEqual(left(proxy), [])
    })

    await t.test('is held to its policy', async () => {
      proxy.pages.set('http://localhost/', html)
      await openInFirefox(firefox, 'http://localhost/')
      await policyBites(firefox)
      assert.deepEqual(left(proxy), [])
    })
  } finally {
    await firefox.stop()
    proxy.close()
  }
})
