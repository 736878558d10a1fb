/**
 * What is written is the same in every runtime. OpenSSH's own files are written again octet by octet; of every other
 * container the SHA-256 of what is written stands in `expected.json`, made by Node 20 and judged by the tool that the
 * container belongs to (`make-expected.ts`).
 */

import { hex, repeatable, toHex } from '../../support/bytes.ts'
import type { EncryptedVector, KeyVector } from '../../support/vectors.ts'
import assert from '../assert.ts'
import type { Add, Given } from '../suite.ts'
import { expectedOf, sameBytes } from '../support.ts'

/** What `make-expected.ts` writes. */
export interface Expected {
  /** Check integer of each file of `own/keys`, `own/types` and `own/encrypted`, in hexadecimal. */
  readonly checks: Readonly<Record<string, string>>
  /** SHA-256 of what is written, by the name that `writings` gives it. */
  readonly written: Readonly<Record<string, string>>
  /** SHA-256 of the verdicts of `trials`, by name. */
  readonly verdicts: Readonly<Record<string, string>>
}

/** Something that is written out of what is known. */
export interface Writing {
  readonly name: string
  /** The tool that can open it, and with what. */
  readonly judge?: 'ssh-keygen' | 'openssl' | 'puttygen' | undefined
  readonly passphrase?: string | undefined
  /** Whether PBKDF2 derives. */
  readonly pbkdf2?: boolean
  /** The name of the key in `own/keys` or `own/types`, whose public half the judge must find. */
  readonly key: string
  write(): Promise<string | Uint8Array>
}

const passphrase = 'correct horse'
const random = (): ((length: number) => Uint8Array) => repeatable(20261122)

/** Containers of private keys: names of formats, the tool that judges, options. */
const containers: readonly (readonly [
  format: string,
  judge: Writing['judge'],
  keys: readonly string[],
  locked: readonly { readonly cipher?: string; readonly rounds?: number }[],
])[] = [
  [
    'openssh',
    'ssh-keygen',
    ['keys/ed25519', 'keys/ecdsa256', 'keys/ecdsa384', 'keys/ecdsa521', 'keys/rsa2048', 'types/ed25519-sk'],
    [
      { rounds: 1 },
      ...[
        'aes128-ctr',
        'aes192-ctr',
        'aes256-ctr',
        'aes128-cbc',
        'aes192-cbc',
        'aes256-cbc',
        'aes128-gcm@openssh.com',
        'aes256-gcm@openssh.com',
        'chacha20-poly1305@openssh.com',
      ].map((cipher) => ({ cipher, rounds: 2 })),
    ],
  ],
  [
    'pkcs8',
    'openssl',
    ['keys/ed25519', 'keys/ecdsa256', 'keys/ecdsa384', 'keys/ecdsa521', 'keys/rsa2048'],
    [{ rounds: 1000 }],
  ],
  ['pkcs1', 'openssl', ['keys/rsa2048'], [{ cipher: 'aes-128-cbc' }]],
  ['sec1', 'openssl', ['keys/ecdsa256', 'keys/ecdsa384', 'keys/ecdsa521'], [{ cipher: 'aes-128-cbc' }]],
  ['dsa', 'openssl', ['types/dsa'], []],
  [
    'ppk3',
    'puttygen',
    ['keys/ed25519', 'keys/ecdsa256', 'keys/ecdsa521', 'keys/rsa2048', 'types/dsa'],
    [{ rounds: 1 }],
  ],
  ['ppk2', 'puttygen', ['keys/ed25519', 'keys/ecdsa384', 'keys/rsa2048'], [{}]],
  ['jwk', undefined, ['keys/ed25519', 'keys/ecdsa256', 'keys/ecdsa384', 'keys/ecdsa521', 'keys/rsa2048'], []],
]

const fourTypes = ['keys/ed25519', 'keys/ecdsa256', 'keys/ecdsa521', 'keys/rsa2048']

/** Containers of public keys. */
const publicFormats: readonly (readonly [format: string, keys: readonly string[]])[] = [
  ['spki', fourTypes],
  ['rfc4716', [...fourTypes, 'types/mldsa44-ed25519']],
  ['jwk', fourTypes],
  ['pkcs1', ['keys/rsa2048']],
]

/** All that is written, but for OpenSSH's own files, which need no table. */
export function writings(given: Given): readonly Writing[] {
  const { root, formats, krl, keys } = given.library
  const found: Writing[] = []
  const key = (name: string) => root.parsePrivateKey(given.file(`own/${name}`))
  const line = (name: string) => root.parsePublicKey(given.file(`own/${name}.pub`))
  for (const [format, judge, names, locked] of containers) {
    for (const name of names) {
      const write = async (options: object): Promise<string | Uint8Array> =>
        root.formatPrivateKey(await key(name), { format, random: random(), ...options })
      found.push({ name: `${name} as ${format}`, judge, key: name, write: () => write({}) })
      // Each cipher once: with one key.
      for (const options of name === names[0] ? locked : []) {
        const text = Object.values(options).join(' ')
        const pbkdf2 = format === 'pkcs8'
        found.push({
          name: `${name} as ${format}, locked ${text}`.trim(),
          judge,
          passphrase,
          pbkdf2,
          key: name,
          write: () => write({ passphrase, ...options }),
        })
      }
    }
  }
  for (const [format, names] of publicFormats) {
    for (const name of names) {
      const write = async () => root.formatPublicKey(line(name), { format })
      found.push({ name: `${name}.pub as ${format}`, key: name, write })
    }
  }
  found.push({
    name: 'keys/ed25519.pub as sshfp',
    key: 'keys/ed25519',
    write: async () => formats.formatSshfp(line('keys/ed25519'), { host: 'host.example', types: keys.allTypes }),
  })
  found.push({
    name: 'a revocation list',
    key: 'keys/ed25519',
    write: async () => {
      const list = krl.createKrl({
        version: 7n,
        generatedAt: 1_800_000_000,
        comment: 'a list',
        certificates: [
          { authority: line('keys/ca-ed25519'), serials: [[5n, 9n], 11n, 1n << 40n], keyIds: ['one', 'two'] },
          { authority: null, serials: [3n] },
        ],
        keys: [line('keys/ecdsa256')],
        sha256: [given.library.fingerprint.fingerprintBytes(line('keys/rsa2048'), given.library.crypto.sha256)],
      })
      return krl.formatKrl(list)
    },
  })
  return found
}

export function writingCases(given: Given, add: Add): void {
  const { root, formats, keys, crypto } = given.library
  const expected = given.json<Expected>('suite/expected.json')
  const own = given.json<{ keys: readonly KeyVector[]; encrypted: readonly EncryptedVector[] }>('own/manifest.json')
  const types = given.json<readonly { name: string; type: string }[]>('own/types/manifest.json')

  const plain = [...own.keys.map(({ name }) => `keys/${name}`), ...types.map(({ name }) => `types/${name}`)]
  for (const path of plain) {
    add.plain(`${path} again, octet by octet`, async () => {
      const key = await root.parsePrivateKey(given.file(`own/${path}`))
      const check = hex(expectedOf(expected.checks, path))
      const text = await root.formatPrivateKey(key, { random: () => check.slice() })
      sameBytes(given.library.wire.encodeText(text as string), given.file(`own/${path}`))
      if (keys.needType(keys.allTypes, key.type).name === 'ssh-ed25519') {
        assert.equal(formats.formatPlainOpenssh(key, { random: () => check.slice() }), text)
      }
    })
  }

  for (const { name, cipher, rounds, saltHex, ...entry } of own.encrypted) {
    add.plain(`encrypted/${name} again, octet by octet`, async () => {
      const input = given.file(`own/encrypted/${name}`)
      const key = await root.parsePrivateKey(given.file(`own/keys/${entry.key}`))
      const check = hex(expectedOf(expected.checks, `encrypted/${name}`))
      const drawn = (length: number) => (length === 4 ? check.slice() : hex(saltHex))
      const options = { passphrase: entry.passphrase, cipher, rounds, random: drawn }
      sameBytes(given.library.wire.encodeText((await root.formatPrivateKey(key, options)) as string), input)
    })
  }

  for (const writing of writings(given)) {
    const way = writing.pbkdf2 ? add.crypto : add.plain
    way(writing.name, async () => {
      const made = await writing.write()
      const bytes = typeof made === 'string' ? given.library.wire.encodeText(made) : made
      assert.equal(toHex(crypto.sha256.digest(bytes)), expectedOf(expected.written, writing.name))
    })
  }
}
