/**
 * The package as those who install it get it: packed, its files listed, judged by publint and attw, installed into an
 * empty project, every subpath loaded there, and compiled against with three versions of TypeScript, `skipLibCheck`
 * off, without any platform's types.
 * Prevents: a package that works in its repository alone, and declarations that only the newest compiler reads.
 *
 * Needs dist/ (npm run build). The compilers and judges are those of tools/consumer, installed here when missing.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inModules, installed } from './lib/install.mjs'
import { installTarball, pack } from './lib/package.mjs'
import { at, capture, report } from './lib/run.mjs'

/** What may be in the package, and how large it may be. The maps of dist/ lead to src/. */
const wanted = [
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|SECURITY\.md)$/,
  /^docs\/(guides\/)?[A-Za-z0-9-]+\.md$/,
  /^src\/.*\.ts$/,
  /^dist\/.*\.(js|js\.map|d\.ts|d\.ts\.map)$/,
  /^dist\/chunks\/noble-LICENSE\.txt$/,
]
const PACKED = 1_000_000

/** Version, and where the compiler is. */
const compilers = [
  ['5.5', inModules('tools/consumer', 'typescript-5.5/bin/tsc')],
  ['5.9', inModules('tools/consumer', 'typescript-5.9/bin/tsc')],
  ['7.0', at('node_modules/typescript/bin/tsc')],
]

/** Subpaths that stand on a platform, so a project without its types need not compile against them. */
const platform = new Set(['./node', './deno', './bun', './ssh2'])

const browser = `
  import { exportCryptoKey } from 'hawser/formats'
  import * as x509 from 'hawser/x509'
  declare const held: CryptoKeyPair
  export const key: CryptoKey = held.privateKey
  export const taken = exportCryptoKey(held.privateKey, { types: [] })
  export const made: object = x509
  // @ts-expect-error: a number is no key
  export const wrong = exportCryptoKey(5, { types: [] })`

const manifest = JSON.parse(readFileSync(at('package.json'), 'utf8'))
const subpaths = Object.keys(manifest.exports).filter((subpath) => subpath !== './package.json')
const specifier = (subpath) => `${manifest.name}${subpath.slice(1)}`
const kilo = (octets) => Math.round(octets / 1000)
const problems = []
const folder = mkdtempSync(join(tmpdir(), 'hawser-consumer-'))
try {
  await installed('tools/consumer')
  const tarball = await packed()
  await installTarball(folder, tarball)
  await Promise.all([judge(tarball), load()])
  await compile()
} catch (error) {
  problems.push(error.message)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
report('check-consumer', problems)

/** Packs, and looks at what is in the package. */
async function packed() {
  const { tarball, files, size, unpackedSize } = await pack(folder)
  for (const { path } of files) {
    if (!wanted.some((pattern) => pattern.test(path))) problems.push(`the package holds ${path}`)
  }
  if (size > PACKED) problems.push(`the package has ${size} octets, ${size - PACKED} above what is expected`)
  console.log(`${files.length} files, ${kilo(size)} kB packed, ${kilo(unpackedSize)} kB unpacked`)
  return tarball
}

async function judge(tarball) {
  for (const [name, ...args] of [
    ['publint/src/cli.js', tarball, '--strict'],
    ['@arethetypeswrong/cli/dist/index.js', tarball, '--profile', 'esm-only', '--format', 'ascii'],
  ]) {
    const { code, output } = await capture(process.execPath, [inModules('tools/consumer', name), ...args])
    if (code !== 0) problems.push(`${name.split('/dist')[0].split('/src')[0]}: ${output.trim()}`)
  }
}

/** Each subpath in a process of its own. */
async function load() {
  for (const subpath of subpaths) {
    const code = `await import('${specifier(subpath)}')`
    const { code: exit, output } = await capture(process.execPath, ['--input-type=module', '-e', code], { cwd: folder })
    if (exit !== 0) problems.push(`"${subpath}" does not load: ${output.trim()}`)
  }
  const one = `const [a, b, c] = await Promise.all(['', '/errors', '/keys'].map((path) => import('${manifest.name}' + path)))
    if (a.SshError !== b.SshError || a.PrivateKey !== c.PrivateKey) throw new Error('a class stands twice in the package')`
  const once = await capture(process.execPath, ['--input-type=module', '-e', one], { cwd: folder })
  if (once.code !== 0) problems.push(once.output.trim())
  const { code, output } = await capture(join(folder, 'node_modules/.bin/hawser'), ['--version'])
  if (code !== 0 || output !== `hawser ${manifest.version}\n`) problems.push(`hawser --version: ${output.trim()}`)
}

/** Programs that use the declarations; a wrong use must be refused, so that types lost to `any` are noticed. */
function programs() {
  const plain = subpaths.filter((subpath) => !platform.has(subpath))
  const all = plain.map((subpath, i) => `import * as m${i} from '${specifier(subpath)}'`)
  return {
    'all.ts': `${all.join('\n')}\nexport const all: readonly object[] = [${plain.map((_, i) => `m${i}`).join(', ')}]\n`,
    'use.ts': `
      import { fingerprint, generateKey, parsePublicKey, type PublicKey, type Signer, sign } from 'hawser'
      import { connectAgent } from 'hawser/agent-protocol'
      export const key: PublicKey = parsePublicKey('ssh-ed25519 AAAA')
      export const octets: Uint8Array = key.blob
      export const text: Promise<string> = generateKey('ed25519').then((made) => fingerprint(made.publicKey))
      export const made: Promise<Signer> = generateKey('ecdsa-p256', { comment: undefined })
      export const signed = made.then((signer) => sign(signer, new Uint8Array(3)))
      export const agent: (...given: never) => unknown = connectAgent
      // @ts-expect-error: a blob is octets
      export const wrong: string = key.blob
      // @ts-expect-error: there is no such type of key
      export const none = generateKey('ed25518')`,
  }
}

async function compile() {
  const files = Object.entries({ ...programs(), 'browser.ts': browser })
  for (const [name, text] of files) writeFileSync(join(folder, name), `${text.trim()}\n`)
  const node = subpaths.filter((subpath) => subpath === './node')
  writeFileSync(join(folder, 'node.ts'), node.map((subpath) => `export * from '${specifier(subpath)}'\n`).join(''))
  mkdirSync(join(folder, 'node_modules/@types'), { recursive: true })
  for (const name of ['@types/node', 'undici-types']) {
    symlinkSync(at('node_modules', name), join(folder, 'node_modules', name), 'dir')
  }
  const projects = [
    ['without a platform', ['ES2022'], [], Object.keys(programs()), 'nodenext'],
    ['without a platform', ['ES2022'], [], Object.keys(programs()), 'bundler'],
    ['of a browser', ['ES2022', 'DOM'], [], ['browser.ts'], 'bundler'],
    ['of Node', ['ES2022'], ['node'], ['node.ts'], 'nodenext'],
  ]
  const runs = compilers.flatMap((compiler) => projects.map((project, i) => [...compiler, ...project, i]))
  for (const [version, tsc] of compilers) {
    const { output } = await capture(process.execPath, [tsc, '--version'])
    if (!output.startsWith(`Version ${version}.`)) problems.push(`TypeScript ${version} says: ${output.trim()}`)
  }
  let next = 0
  const work = async () => {
    for (let run = runs[next++]; run; run = runs[next++]) {
      const [version, tsc, name, lib, types, sources, moduleResolution, i] = run
      const module = moduleResolution === 'bundler' ? 'esnext' : 'nodenext'
      const compilerOptions = { target: 'ES2022', lib, types, module, moduleResolution, strict: true, noEmit: true }
      Object.assign(compilerOptions, { skipLibCheck: false, exactOptionalPropertyTypes: version !== '5.5' })
      const file = join(folder, `tsconfig.${version}.${i}.json`)
      writeFileSync(file, JSON.stringify({ compilerOptions, files: sources }))
      const { code, output } = await capture(process.execPath, [tsc, '-p', file, '--pretty', 'false'], { cwd: folder })
      if (code !== 0) {
        problems.push(`TypeScript ${version}, ${moduleResolution}, a project ${name}:\n${output.trim().slice(0, 3000)}`)
      }
    }
  }
  await Promise.all([work(), work()])
  console.log(`${runs.length} projects with TypeScript ${compilers.map(([version]) => version).join(', ')}`)
}
