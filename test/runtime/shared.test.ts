import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { isExposed, readKeyFile, writeFileAtomic } from '../../src/runtime/node/index.ts'
import { asFileError, FileError, fileExists, readStream } from '../../src/runtime/shared.ts'

async function inFolder(work: (path: (name: string) => string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'hawser-files-'))
  try {
    await work((name) => join(folder, name))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

describe('readKeyFile', () => {
  it('reads whole files of any size up to the limit, and no larger one', async () => {
    await inFolder(async (path) => {
      for (const size of [0, 1, 16383, 16384, 16385, 100_000]) {
        const data = Uint8Array.from({ length: size }, (_, i) => i % 251)
        await writeFile(path('f'), data)
        assert.deepEqual(await readKeyFile(path('f')), data)
        assert.deepEqual(await readKeyFile(path('f'), { limit: size }), data)
        if (size > 0) await assert.rejects(readKeyFile(path('f'), { limit: size - 1 }), { code: 'limit' })
      }
    })
  })

  it('says what is wrong by code, with path and cause', async () => {
    await inFolder(async (path) => {
      await mkdir(path('d'))
      await assert.rejects(readKeyFile(path('missing')), (error: FileError) => {
        assert.ok(error instanceof FileError)
        assert.deepEqual([error.code, error.path], ['file-not-found', path('missing')])
        assert.ok(error.cause instanceof Error)
        return true
      })
      await assert.rejects(readKeyFile(path('d')), { code: 'is-directory' })
    })
  })

  it('refuses what is open to others where it is strict', { skip: process.platform === 'win32' }, async () => {
    await inFolder(async (path) => {
      await writeFile(path('f'), 'x')
      for (const [mode, open] of [
        [0o600, false],
        [0o400, false],
        [0o700, false],
        [0o640, true],
        [0o604, true],
        [0o610, true],
      ] as const) {
        await chmod(path('f'), mode)
        assert.equal(await isExposed(path('f')), open)
        if (open) await assert.rejects(readKeyFile(path('f'), { strict: true }), { code: 'file-exposed' })
        else assert.equal((await readKeyFile(path('f'), { strict: true })).length, 1)
      }
    })
  })

  it('reads streams, bounded', async () => {
    async function* parts(): AsyncGenerator<Uint8Array> {
      yield Uint8Array.of(1, 2)
      yield Uint8Array.of(3)
    }
    assert.deepEqual(await readStream(parts(), 'input'), Uint8Array.of(1, 2, 3))
    await assert.rejects(readStream(parts(), 'input', 2), { code: 'limit' })
  })

  it('leaves errors of programs alone', () => {
    const bug = new TypeError('x')
    assert.equal(asFileError(bug, 'p'), bug)
  })
})

describe('writeFileAtomic', () => {
  it('writes new files, 0600 unless said otherwise', async () => {
    await inFolder(async (path) => {
      await writeFileAtomic(path('a'), 'text')
      await writeFileAtomic(path('b'), Uint8Array.of(1, 2), { mode: 0o644 })
      assert.equal(await readFile(path('a'), 'utf8'), 'text')
      if (process.platform !== 'win32') assert.equal((await stat(path('a'))).mode & 0o777, 0o600)
      assert.deepEqual((await readdir(path('.'))).sort(), ['a', 'b'])
    })
  })

  it('replaces nothing without force, and leaves nothing behind', async () => {
    await inFolder(async (path) => {
      await writeFile(path('a'), 'old')
      await symlink(path('nowhere'), path('dangling'))
      await assert.rejects(writeFileAtomic(path('a'), 'new'), { code: 'file-exists' })
      await assert.rejects(writeFileAtomic(path('dangling'), 'new'), { code: 'file-exists' })
      await assert.rejects(writeFileAtomic(path('no/such'), 'new'), { code: 'file-not-found' })
      assert.equal(await readFile(path('a'), 'utf8'), 'old')
      assert.deepEqual((await readdir(path('.'))).sort(), ['a', 'dangling'])
      assert.equal(await fileExists(path('dangling')), true)
      assert.equal(await fileExists(path('missing')), false)
    })
  })

  it('lets one of many that race win', async () => {
    await inFolder(async (path) => {
      const texts = ['1', '2', '3', '4', '5'].map((digit) => digit.repeat(5000))
      const done = await Promise.allSettled(texts.map((text) => writeFileAtomic(path('f'), text)))
      const winner = done.findIndex(({ status }) => status === 'fulfilled')
      assert.equal(done.filter(({ status }) => status === 'fulfilled').length, 1)
      assert.equal(await readFile(path('f'), 'utf8'), texts[winner])
      assert.deepEqual(await readdir(path('.')), ['f'])
    })
  })

  it('replaces with force: the file behind a link, never a folder or a device', async () => {
    await inFolder(async (path) => {
      await writeFile(path('real'), 'old', { mode: 0o666 })
      await symlink(path('real'), path('link'))
      await mkdir(path('d'))
      await writeFileAtomic(path('link'), 'new', { force: true })
      assert.equal(await readFile(path('real'), 'utf8'), 'new')
      if (process.platform !== 'win32') assert.equal((await stat(path('real'))).mode & 0o777, 0o600)
      await writeFileAtomic(path('fresh'), 'new', { force: true })
      await assert.rejects(writeFileAtomic(path('d'), 'new', { force: true }), { code: 'is-directory' })
      if (process.platform !== 'win32') {
        await assert.rejects(writeFileAtomic('/dev/null', 'new', { force: true }), { code: 'not-a-file' })
      }
      assert.deepEqual((await readdir(path('.'))).sort(), ['d', 'fresh', 'link', 'real'])
    })
  })
})
