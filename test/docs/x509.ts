/** A certificate or request of X.509 with another subject's key in it: its signature no longer holds, which reading does not ask. */

interface Element {
  readonly tag: number
  readonly body: Uint8Array
  readonly next: number
}

function elementAt(der: Uint8Array, at: number): Element {
  const first = der[at + 1]!
  const count = first < 0x80 ? 0 : first & 0x7f
  const length = count === 0 ? first : der.subarray(at + 2, at + 2 + count).reduce((n, octet) => n * 256 + octet, 0)
  const start = at + 2 + count
  return { tag: der[at]!, body: der.subarray(start, start + length), next: start + length }
}

function element(tag: number, parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((n, part) => n + part.length, 0)
  const octets: number[] = []
  for (let n = length; n > 0; n = Math.floor(n / 256)) octets.unshift(n % 256)
  const head = length < 0x80 ? [tag, length] : [tag, 0x80 | octets.length, ...octets]
  return Uint8Array.from([...head, ...parts.flatMap((part) => [...part])])
}

function elements(body: Uint8Array): Uint8Array[] {
  const out: Uint8Array[] = []
  for (let at = 0; at < body.length; ) {
    const { next } = elementAt(body, at)
    out.push(body.subarray(at, next))
    at = next
  }
  return out
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i])
}

/** DER of the file (PEM), the SubjectPublicKeyInfo `own` of its subject replaced by `other`. */
export function withSubjectKey(pem: Uint8Array, own: Uint8Array, other: Uint8Array): Uint8Array {
  const base64 = new TextDecoder().decode(pem).replace(/-----[^-]+-----|\s/g, '')
  const der = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))
  const [signed, ...rest] = elements(elementAt(der, 0).body)
  const parts = elements(elementAt(signed!, 0).body)
  if (!parts.some((part) => equal(part, own))) throw new Error('the key of the subject is not in the file')
  return element(0x30, [
    element(
      0x30,
      parts.map((part) => (equal(part, own) ? other : part)),
    ),
    ...rest,
  ])
}
