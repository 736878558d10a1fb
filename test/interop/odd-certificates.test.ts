/**
 * Odd and damaged certificates: whether we load them and find the signature good, beside `ssh-keygen -L`, which checks
 * the signature as it loads (sshkey.c `cert_parse`). We may be stricter where a reason stands here, never laxer.
 */

import assert from 'node:assert/strict'
import { readOptionFacts, verifyCertificateSignature } from '../../src/cert/index.ts'
import { type Certificate, issueCertificate, type PrivateKey, parseCertificate, SshError } from '../../src/index.ts'
import { allTypes, findType } from '../../src/keys/index.ts'
import { encodeBase64 } from '../../src/wire/index.ts'
import {
  authorities,
  type Bytes,
  build,
  type Case,
  ed,
  type Fields,
  flip,
  subjects,
  usualFields,
} from './odd-certificate.ts'
import { fieldCases } from './odd-fields.ts'
import { signatureCases } from './odd-signatures.ts'
import { inParallel, interop, put, run } from './support.ts'

/** `ok`, or the code of our error. Every algorithm of the authority is allowed: policy is not what is compared. */
async function ourVerdict(line: string, options: boolean): Promise<string> {
  try {
    const certificate: Certificate = parseCertificate(line)
    const type = findType(allTypes, certificate.authority.type)
    const algorithms = [...(type?.algorithms ?? []), ...(type?.legacyAlgorithms ?? [])]
    await verifyCertificateSignature(certificate, { types: allTypes, algorithms })
    if (options) readOptionFacts(certificate)
    return 'ok'
  } catch (error) {
    if (error instanceof SshError) return error.code
    throw error
  }
}

async function theirVerdict(line: string): Promise<'ok' | 'refused'> {
  return (await run('ssh-keygen', ['-L', '-f', put(line)])).code === 0 ? 'ok' : 'refused'
}

interface Outcome {
  readonly name: string
  readonly ours: string
  readonly theirs: string
  readonly stricter: string | undefined
}

async function compare(built: { name: string; blob: Bytes }, { name, options, stricter }: Case): Promise<Outcome> {
  const line = `${built.name} ${encodeBase64(built.blob)} odd\n`
  const [ours, theirs] = await Promise.all([ourVerdict(line, options === true), theirVerdict(line)])
  return { name, ours, theirs, stricter }
}

/** Fails for what we take and they do not, and for what they take and we do not without a reason. */
function judge(outcomes: readonly Outcome[]): void {
  const lax = outcomes.filter((o) => o.ours === 'ok' && o.theirs !== 'ok')
  assert.deepEqual(lax, [], 'we are laxer')
  const strict = outcomes.filter((o) => o.ours !== 'ok' && o.theirs === 'ok' && o.stricter === undefined)
  assert.deepEqual(strict, [], 'we are stricter without a reason')
}
interop('odd certificates', ['ssh-keygen'], async (t) => {
  const authority = await certificateAsAuthority(ed.key)
  const all: readonly Case[] = [
    ...fieldCases,
    ...signatureCases,
    { name: 'authority that is a certificate', fields: { authority } },
  ]
  const outcomes = await inParallel(all, async (c) => compare(await build(c), c))
  judge(outcomes)
  const taken = outcomes.filter((o) => o.ours === 'ok').length
  const stricter = outcomes.filter((o) => o.ours !== 'ok' && o.theirs === 'ok')
  t.diagnostic(`${all.length} cases: ${taken} taken, ${outcomes.length - taken} refused, of these by us alone:`)
  for (const o of stricter) t.diagnostic(`${o.name} (${o.ours}): ${o.stricter}`)
})

/** The blob of a certificate of the authority itself. */
async function certificateAsAuthority(key: PrivateKey): Promise<Bytes> {
  const request = {
    kind: 'user',
    publicKey: key.publicKey,
    keyId: 'x',
    principals: ['x'],
    validAfter: 0,
    validBefore: 1,
  } as const
  return (await issueCertificate(request, key)).blob
}

interop('one bit of every field', ['ssh-keygen'], async (t) => {
  const work = authorities.flatMap((by, i) =>
    fieldOffsets(usualFields(subjects[i]!, by)).map((at) => [by, subjects[i]!, at] as const),
  )
  const outcomes = await inParallel(work, async ([by, subject, [field, at]], i) => {
    const built = await build({ name: field, by, subject })
    const offset = at < 0 ? built.blob.length + at : at
    const blob = flip(offset, i % 8)(built.blob)
    return compare({ ...built, blob }, { name: `${field}, ${subject.label} by ${by.label}` })
  })
  judge(outcomes)
  assert.deepEqual(
    outcomes.filter((o) => o.ours === 'ok' || o.theirs === 'ok'),
    [],
  )
  t.diagnostic(`${outcomes.length} certificates`)
})

/** An octet within every field; negative ones count from the end. */
function fieldOffsets(f: Fields): (readonly [field: string, at: number])[] {
  const offsets: (readonly [string, number])[] = []
  let at = 0
  const add = (field: string, length: number, framed: boolean): void => {
    if (framed) offsets.push([`length of ${field}`, at + 3])
    at += framed ? 4 : 0
    if (length > 0) offsets.push([field, at + (length >> 1)])
    at += length
  }
  add('name', f.name.length, true)
  add('nonce', f.nonce.length, true)
  add('key', f.key.length, false)
  add('serial', 8, false)
  add('kind', 4, false)
  add('key id', f.keyId.length, true)
  add('principals', f.principals.length, true)
  add('after', 8, false)
  add('before', 8, false)
  add('critical options', f.critical.length, true)
  add('extensions', f.extensions.length, true)
  add('reserved', f.reserved.length, true)
  add('authority', f.authority.length, true)
  add('signature', 10, true)
  return [...offsets, ['end of the signature', -1], ['middle of the signature', -20]]
}
