/**
 * `node examples/browser-keygen/build.mjs [FILE]`: the page in one HTML file, `dist/keygen.html`, which needs neither a
 * server nor a network.
 *
 * The Content-Security-Policy allows one script and one style, by their hashes, and workers from blob: URLs alone, which
 * only that script makes, through the one Trusted Types policy. All else is refused: what connects, loads, frames,
 * submits, evaluates. A worker from a blob: URL has the policy of its page (HTML, "policy container").
 *
 * The same sources give the same octets: no time, no path and no random name goes in.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'
import { bundle } from '../edge-inspect/build.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const read = (name) => readFileSync(join(here, name), 'utf8')
const hashOf = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><g fill="none" stroke="#0b5c6b" stroke-width="4">' +
  '<circle cx="10" cy="16" r="6"/><path d="M16 16h14M25 16v6"/></g></svg>'

const policyFor = (script, style) =>
  [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    'worker-src blob:',
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types hawser-worker',
  ].join('; ')

/** The page as text. */
export async function buildPage() {
  const options = { format: 'iife', minify: true, charset: 'ascii', legalComments: 'inline' }
  const worker = await bundle(join(here, 'worker.ts'), options)
  const script = await bundle(join(here, 'page.ts'), {
    ...options,
    define: { WORKER_SOURCE: JSON.stringify(worker) },
  })
  // What would end the element, or begin a state in which its end is not seen.
  if (/<\/script|<script|<!--/i.test(script)) throw new Error('the script holds what cannot stand in a page')
  const { code: style } = await transform(read('style.css'), { loader: 'css', minify: true })
  const parts = {
    policy: `<meta http-equiv="Content-Security-Policy" content="${policyFor(script, style)}">`,
    style: `<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(icon)}"><style>${style}</style>`,
    script: `<script>${script}</script>`,
  }
  return read('page.html').replace(/<!-- (policy|style|script) -->/g, (_, name) => parts[name])
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = resolve(process.argv[2] ?? join(here, 'dist/keygen.html'))
  const page = await buildPage()
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, page)
  console.log(`${file}  ${Buffer.byteLength(page)} octets`)
}
