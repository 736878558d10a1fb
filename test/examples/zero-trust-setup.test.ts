/** What examples/zero-trust says of settings, files and words that are missing or wrong, and that no revocation is lost. */

import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { folder, startProgram, until } from './support.ts'
import { bundle, newFile, ready, textOf } from './zero-trust.ts'
import { files, settings, texts } from './zero-trust-authority.ts'

/** An entry as a program of its own; gives what it printed and its exit code. */
async function program(entry: string) {
  const file = newFile('zero-trust-entry', 'entry.mjs')
  writeFileSync(file, await bundle(entry))
  return async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const started = startProgram(process.execPath, [file, ...args], { env })
    try {
      const code = await until('it to end', started.end)
      assert.ok(!started.log().includes('    at '), started.log())
      return { code, said: started.log() }
    } finally {
      await started.stop()
    }
  }
}

test('the authority names all that is missing, settings and files, in one line: exit code 2', async (t) => {
  if (!ready(t)) return
  const serve = await program('node.ts')
  const nothing = await serve([])
  assert.deepEqual([nothing.code, nothing.said.match(/\n/g)?.length], [2, 1], nothing.said)
  // Every setting that has no default, as the code asks for them.
  const wanted = [...textOf('authority.ts').matchAll(/needed\(settings, '(\w+)'\)/g)].map(([, name]) => name!)
  const all = [
    ...wanted.filter((name) => !name.startsWith('AWS_')),
    'AUTHORITY_KEY',
    'HOST_AUTHORITY_KEY',
    'BLOCKED_FILE',
  ]
  assert.ok(all.length > 10)
  const named = /^authority: missing: (.*)\n$/.exec(nothing.said)?.[1]?.split(', ')
  assert.deepEqual(named?.sort(), [...new Set(all)].sort())

  const dir = folder('zero-trust-files')
  const odd = join(dir, 'odd.json')
  writeFileSync(odd, '{"version":1,"disabled":[],"serials":["18446744073709551616"]}')
  const whole = { ...settings, ...files }
  const none = join(dir, 'none')
  const cases: readonly (readonly [Record<string, string>, RegExp])[] = [
    [
      { ...whole, CLIENT_ID: '', GATES: ' ', AUTHORITY_KEY_FILE: none },
      /^authority: missing: CLIENT_ID, GATES; AUTHORITY_KEY_FILE: \S+none: ENOENT\n$/,
    ],
    [
      { ...whole, BLOCKED_FILE: none, TLS_CERT_FILE: none },
      /^authority: missing: TLS_KEY_FILE; TLS_CERT_FILE: \S+none: ENOENT; BLOCKED_FILE: \S+none: ENOENT\n$/,
    ],
    [{ ...whole, BLOCKED_FILE: odd }, /BLOCKED_FILE: \S+odd\.json: blocked: serials, a list, expected/],
    [
      { ...whole, AUTHORITY_KEY_FILE: '', AUTHORITY_KEY_KMS: 'alias/x' },
      /missing: AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY\n$/,
    ],
    [{ ...whole, AUTHORITY_KEY_FILE: odd }, /^authority: AUTHORITY_KEY: /],
    [{ ...whole, JWKS_URL: 'http://login.example.com/keys' }, /^authority: jwks: an https URL/],
    [{ ...whole, AUTHORITY_URL: 'ftp://x' }, /^authority: url: /],
    [{ ...whole, TLS_CERT_FILE: odd, TLS_KEY_FILE: odd }, /^authority: 127\.0\.0\.1, port 0: /],
    [{ ...whole, LISTEN: '192.0.2.1' }, /^authority: 192\.0\.2\.1, port 0: EADDRNOTAVAIL\n$/],
  ]
  for (const [env, what] of cases) {
    const { code, said } = await serve([], env)
    assert.equal(code, 2, said)
    assert.match(said, what)
  }
})

test('admin.ts takes one change, spelt as it says, and tells what is wrong without a stack of calls', async (t) => {
  if (!ready(t)) return
  const admin = await program('admin.ts')
  const dir = folder('zero-trust-admin')
  const file = join(dir, 'blocked.json')
  writeFileSync(file, texts.BLOCKED)
  const usage = /\nusage: node admin\.ts FILE disable IDENTITY/
  for (const words of [
    ...[[], ['disable'], ['disable', ''], ['block', 'x'], ['disable', 'x', 'y'], ['revoke', '5', '6']],
    ...['0', '0x10', '010', '-1', '1e3', '5 ', ' 5', '1_0', '18446744073709551616', '9'.repeat(400), '5n'].map(
      (serial) => ['revoke', serial],
    ),
  ]) {
    const { code, said } = await admin([file, ...words])
    assert.deepEqual([code, usage.test(said)], [2, true], `${words}: ${said}`)
  }
  assert.equal(readFileSync(file, 'utf8'), texts.BLOCKED, 'nothing was changed')
  const largest = '18446744073709551615'
  assert.deepEqual(await admin([file, 'revoke', largest]), { code: 0, said: '' })
  assert.deepEqual(await admin([file, 'enable', 'bob@corp.example']), { code: 0, said: '' })
  assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), { version: 9, disabled: [], serials: ['42', largest] })
  const help = await admin(['--help'])
  assert.deepEqual([help.code, /^usage: /.test(help.said)], [0, true])

  for (const [path, what] of [
    [join(dir, 'none.json'), /^admin: \S+none\.json: ENOENT\n$/],
    [join(dir, 'none', 'blocked.json'), /^admin: \S+: ENOENT\n$/],
    [file, /^admin: \S+blocked\.json: .*JSON/],
  ] as const) {
    if (path === file) writeFileSync(file, '{')
    const { code, said } = await admin([path, 'revoke', '5'])
    assert.equal(code, 2, said)
    assert.match(said, what)
    assert.ok(!existsSync(`${path}.lock`))
  }
})

test('many admin.ts at once lose no change, and one that left its lock behind is told of', async (t) => {
  if (!ready(t)) return
  const admin = await program('admin.ts')
  const file = join(folder('zero-trust-lock'), 'blocked.json')
  writeFileSync(file, texts.BLOCKED)
  // Each program is ended with this process.
  process.setMaxListeners(40)
  const serials = Array.from({ length: 12 }, (_, i) => String(100 + i))
  const ended = await Promise.all(serials.map((serial) => admin([file, 'revoke', serial])))
  for (const { code, said } of ended) assert.deepEqual([code, said], [0, ''])
  const { version, serials: all } = JSON.parse(readFileSync(file, 'utf8')) as { version: number; serials: string[] }
  assert.deepEqual([version, all.sort()], [7 + 12, [...serials, '42'].sort()])
  assert.ok(!existsSync(`${file}.lock`))

  const before = readFileSync(file, 'utf8')
  writeFileSync(`${file}.lock`, '1\n')
  const { code, said } = await admin([file, 'revoke', '5'])
  assert.equal(code, 1, said)
  assert.match(said, /^admin: \S+blocked\.json\.lock is there .*nothing was changed; .*remove it: rm '\S+\.lock'\n$/)
  assert.equal(readFileSync(file, 'utf8'), before)
  assert.ok(existsSync(`${file}.lock`), 'it is not ours to remove')
})
