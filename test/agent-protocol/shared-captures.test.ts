/** The exchanges recorded in `../shared/vectors`, where they lie beside the repository: `agent-capture` of the manifest. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import {
  type AgentRequest,
  type Constraint,
  decodeAdd,
  decodeFrames,
  decodeQueryAnswer,
  decodeRequest,
  decodeResponse,
  decodeSessionBind,
  encodeAdd,
  encodeFrame,
  encodeRequest,
  encodeResponse,
  encodeSessionBind,
} from '../../src/agent-protocol/index.ts'
import { sha256 } from '../../src/crypto/index.ts'
import { LimitError, SshError } from '../../src/errors.ts'
import { fingerprint } from '../../src/fingerprint/index.ts'
import { allTypes, isCertificateName, opaquePublicKey } from '../../src/keys/index.ts'
import { blobType } from '../../src/wire/index.ts'
import { hex, toHex, utf8 } from '../support/bytes.ts'

const folder = new URL('../../../shared/vectors/made/', import.meta.url)

interface KeyView {
  readonly keyType?: string
  readonly fingerprint?: string
  readonly keyBlobHex?: string
  readonly comment?: string
  readonly isCa?: boolean
}

interface HopView {
  readonly user: string
  readonly hostname: string
  readonly keys: readonly KeyView[]
}

interface ConstraintView {
  readonly lifetime?: number
  readonly confirm?: true
  readonly unknown?: number
  readonly extension?: string
  readonly provider?: string
  readonly certsOnly?: boolean
  readonly certs?: readonly KeyView[]
  readonly constraints?: readonly { readonly from: HopView; readonly to: HopView }[]
}

interface MessageView {
  readonly type?: number
  readonly undecoded?: string
  readonly key?: KeyView
  readonly keys?: readonly KeyView[]
  readonly flags?: number
  readonly dataLength?: number
  readonly dataSha256?: string
  readonly keyType?: string
  readonly certificate?: KeyView
  readonly comment?: string
  readonly constraints?: readonly ConstraintView[] | null
  readonly reader?: string
  readonly pin?: string
  readonly passphrase?: string
  readonly extension?: string
  readonly hostKey?: KeyView
  readonly sessionIdHex?: string
  readonly isForwarding?: boolean
  readonly entries?: readonly string[]
}

interface ExchangeView {
  readonly requestHex: string
  readonly responseHex: string | null
  readonly request: MessageView
  readonly response: MessageView | null
}

interface Entry {
  readonly path: string
  readonly kind: string
  readonly expect: { readonly exchanges: number; readonly undecoded: number | null }
}

/** The one message of a frame. */
function messageOf(frame: string): Uint8Array {
  const messages = [...decodeFrames()(hex(frame))]
  assert.equal(messages.length, 1)
  return messages[0]!
}

function sameKey(blob: Uint8Array, view: KeyView): void {
  if (view.keyBlobHex !== undefined) assert.equal(toHex(blob), view.keyBlobHex)
  else assert.equal(blobType(blob), view.keyType)
  if (view.fingerprint && !isCertificateName(allTypes, view.keyType!)) {
    assert.equal(fingerprint(opaquePublicKey(blob), { hash: sha256 }), view.fingerprint)
  }
}

function sameConstraints(constraints: readonly Constraint[], views: readonly ConstraintView[]): void {
  assert.equal(constraints.length, views.length)
  for (const [i, constraint] of constraints.entries()) {
    const view = views[i]!
    if (constraint.kind === 'lifetime') assert.equal(constraint.seconds, view.lifetime)
    else if (constraint.kind === 'confirm') assert.equal(view.confirm, true)
    else if (constraint.kind === 'unknown') assert.equal(constraint.type, view.unknown)
    else if (constraint.kind === 'extension') assert.equal(constraint.name, view.extension)
    else {
      assert.ok(view.extension!.startsWith(`${constraint.kind}-v00@`) || constraint.kind === 'sk-provider')
      if (constraint.kind === 'sk-provider') assert.equal(constraint.provider, view.provider)
      else if (constraint.kind === 'associated-certs') {
        assert.equal(constraint.certificatesOnly, view.certsOnly)
        assert.equal(constraint.certificates.length, view.certs!.length)
        for (const [j, blob] of constraint.certificates.entries()) sameKey(blob, view.certs![j]!)
      } else {
        assert.equal(constraint.destinations.length, view.constraints!.length)
        for (const [j, destination] of constraint.destinations.entries()) {
          for (const end of ['from', 'to'] as const) {
            const [hop, hopView] = [destination[end], view.constraints![j]![end]]
            assert.deepEqual([hop.user, hop.host], [hopView.user, hopView.hostname])
            assert.deepEqual(
              hop.keys.map(({ authority }) => authority),
              hopView.keys.map(({ isCa }) => isCa),
            )
            for (const [k, { key }] of hop.keys.entries()) sameKey(key, hopView.keys[k]!)
          }
        }
      }
    }
  }
}

function sameAdd(request: Extract<AgentRequest, { kind: 'add' }>, view: MessageView): void {
  const { key, certificate, comment, constraints } = decodeAdd(request, { types: allTypes })
  assert.equal(certificate?.type ?? key.type, view.keyType)
  assert.equal(comment, view.comment)
  sameConstraints(constraints, view.constraints ?? [])
  assert.equal(toHex(encodeAdd(key, { certificate, constraints }).contents), toHex(request.contents))
}

function sameRequest(request: AgentRequest, view: MessageView): void {
  switch (request.kind) {
    case 'sign':
      sameKey(request.key, view.key!)
      assert.deepEqual([request.data.length, request.flags], [view.dataLength, view.flags])
      assert.equal(toHex(sha256.digest(request.data)), view.dataSha256)
      break
    case 'add':
      sameAdd(request, view)
      break
    case 'remove':
      sameKey(request.key, view.key!)
      break
    case 'add-token':
    case 'remove-token':
      assert.deepEqual([request.token, request.pin], [view.reader, utf8(view.pin!)])
      if (request.kind === 'add-token') sameConstraints(request.constraints, view.constraints ?? [])
      break
    case 'lock':
    case 'unlock':
      assert.deepEqual(request.passphrase, utf8(view.passphrase!))
      break
    case 'extension': {
      assert.equal(request.name, view.extension)
      if (!view.hostKey) break
      const binding = decodeSessionBind(request.contents)
      sameKey(binding.hostKey, view.hostKey)
      assert.deepEqual([toHex(binding.sessionId), binding.forwarding], [view.sessionIdHex, view.isForwarding])
      assert.deepEqual(encodeSessionBind(binding), request)
    }
  }
}

/** What the recorder could not decode: refused here as well, in the layer that it belongs to. */
function refused(frame: string): void {
  try {
    const request = decodeRequest(messageOf(frame))
    // A well-formed message around a host key of one octet.
    if (request.kind === 'extension') blobType(decodeSessionBind(request.contents).hostKey)
    if (request.kind === 'add') decodeAdd(request, { types: allTypes })
  } catch (error) {
    assert.ok(error instanceof SshError)
    return
  }
  throw new Error(`${frame}: an error expected`)
}

function check({ requestHex, responseHex, request: asked, response: answered }: ExchangeView): void {
  if (responseHex === null) {
    assert.throws(() => messageOf(requestHex), requestHex === '00000000' ? { code: 'bad-value' } : LimitError)
    return
  }
  const message = messageOf(requestHex)
  const answer = messageOf(responseHex)
  if (toHex(message) === '1b') {
    assert.throws(() => decodeRequest(message), { code: 'truncated' })
    return
  }
  const request = decodeRequest(message)
  assert.equal(toHex(encodeFrame(encodeRequest(request))), requestHex)
  if (asked.undecoded === undefined) sameRequest(request, asked)
  const response = decodeResponse(answer, request)
  assert.equal(toHex(encodeFrame(encodeResponse(response))), responseHex)
  if (response.kind === 'identities') {
    assert.deepEqual(
      response.identities.map(({ comment }) => comment),
      answered!.keys!.map(({ comment }) => comment),
    )
    for (const [i, { key }] of response.identities.entries()) sameKey(key, answered!.keys![i]!)
  }
  if (response.kind === 'extension') assert.deepEqual(decodeQueryAnswer(response.contents), answered!.entries)
}

const here = existsSync(folder)
if (!here) console.log('NOT TESTED: the recorded exchanges of ../shared/vectors: not beside the repository')

describe('exchanges of the shared corpus', { skip: !here }, () => {
  const manifest: readonly Entry[] = here ? JSON.parse(readFileSync(new URL('manifest.json', folder), 'utf8')) : []
  const captures = manifest.filter(({ kind }) => kind === 'agent-capture')

  it('are 19', () => {
    assert.equal(captures.length, 19)
  })

  for (const { path, expect } of captures) {
    it(`${path} decodes whole and encodes to the same octets`, () => {
      const { steps }: { steps: { exchanges: ExchangeView[] }[] } = JSON.parse(
        readFileSync(new URL(path, folder), 'utf8'),
      )
      const exchanges = steps.flatMap((step) => step.exchanges)
      assert.equal(exchanges.length, expect.exchanges)
      for (const exchange of exchanges) check(exchange)
      const undecoded = exchanges.filter(({ request }) => request.undecoded !== undefined)
      assert.equal(undecoded.length, expect.undecoded ?? 0)
      for (const { requestHex } of undecoded) refused(requestHex)
    })
  }
})
