/** A screenshot with a palette of 256 colours in place of three octets a pixel (PNG, third edition): a quarter the size. */

import assert from 'node:assert/strict'
import { deflateSync, inflateSync, crc32 as zlibCrc32 } from 'node:zlib'

function paeth(a: number, b: number, c: number): number {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)]
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c
}

/** Undoes the filters of section 9; the octets of the pixels alone. */
function unfilter(data: Uint8Array, width: number, height: number, size: number): Uint8Array {
  const row = width * size
  const out = new Uint8Array(row * height)
  for (let y = 0; y < height; y++) {
    const filter = data[y * (row + 1)]!
    for (let x = 0; x < row; x++) {
      const at = y * row + x
      const left = x < size ? 0 : out[at - size]!
      const up = y === 0 ? 0 : out[at - row]!
      const corner = x < size || y === 0 ? 0 : out[at - row - size]!
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter]!
      out[at] = data[y * (row + 1) + 1 + x]! + guess
    }
  }
  return out
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type), data])
  const out = Buffer.alloc(body.length + 8)
  out.writeUInt32BE(data.length, 0)
  body.copy(out, 4)
  out.writeUInt32BE(zlibCrc32(body), body.length + 4)
  return out
}

/** The same picture with a palette; colours that are rare become the nearest of those that are not. */
export function withPalette(png: Buffer): Buffer {
  let header: Buffer = Buffer.alloc(0)
  const parts: Buffer[] = []
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at)
    const type = png.toString('latin1', at + 4, at + 8)
    const data = png.subarray(at + 8, at + 8 + length)
    if (type === 'IHDR') header = data
    if (type === 'IDAT') parts.push(data)
    at += length + 12
  }
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  const size = header[9] === 6 ? 4 : 3
  assert.deepEqual([header[8], header[12]], [8, 0], 'eight bits, not interlaced')
  const pixels = unfilter(inflateSync(Buffer.concat(parts)), width, height, size)
  const colourAt = (i: number): number => (pixels[i]! << 16) | (pixels[i + 1]! << 8) | pixels[i + 2]!
  const counts = new Map<number, number>()
  for (let i = 0; i < pixels.length; i += size) counts.set(colourAt(i), (counts.get(colourAt(i)) ?? 0) + 1)
  const palette = [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 256)
    .map(([colour]) => colour)
  const distance = (a: number, b: number): number =>
    [16, 8, 0].reduce((sum, shift) => sum + (((a >> shift) & 255) - ((b >> shift) & 255)) ** 2, 0)
  const index = new Map<number, number>()
  for (const colour of counts.keys()) {
    let best = 0
    for (let i = 1; i < palette.length; i++) {
      if (distance(colour, palette[i]!) < distance(colour, palette[best]!)) best = i
    }
    index.set(colour, best)
  }
  const rows = new Uint8Array((width + 1) * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows[y * (width + 1) + 1 + x] = index.get(colourAt((y * width + x) * size))!
  }
  const head = Buffer.from(header)
  head[9] = 3
  const colours = Uint8Array.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]))
  const signature = png.subarray(0, 8)
  const body = deflateSync(rows, { level: 9 })
  return Buffer.concat([
    signature,
    chunk('IHDR', head),
    chunk('PLTE', colours),
    chunk('IDAT', body),
    chunk('IEND', new Uint8Array()),
  ])
}
