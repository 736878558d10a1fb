/** The results as a bar chart: SVG, hand-made, ratios on a logarithmic axis, readable on light and dark pages. */
import { figure } from './table.mjs'

const WIDTH = 980
const LEFT = 450
const RIGHT = 70
const LINE = 17
const GAP = 9
const TOP = 58
/** A colour for each peer, of a lightness that stands out on white and on black. */
const colours = {
  sshpk: '#3d85c6',
  ssh2: '#c27ba0',
  WebCrypto: '#6aa84f',
  alone: '#8e7cc3',
  'node:crypto': '#a0903a',
  'bcrypt-pbkdf': '#cc7832',
  'ssh-keygen': '#45a0a0',
  'micro-key-producer': '#999999',
  'node-forge': '#c0504d',
}

const escaped = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;')

/** Text of one line that starts or ends at x. */
const label = (x, y, text, more = '') => `<text x="${x}" y="${y}"${more}>${escaped(text)}</text>`

/** An SVG of all rows that have a peer: bars to the right of 1 are faster than the peer, to the left slower. */
export function drawPlot(rows) {
  const ratios = rows.flatMap((row) => Object.values(row.ratios))
  const low = Math.min(-1, Math.floor(Math.log10(Math.min(...ratios))))
  const high = Math.max(1, Math.ceil(Math.log10(Math.max(...ratios))))
  const x = (ratio) => LEFT + ((Math.log10(ratio) - low) / (high - low)) * (WIDTH - LEFT - RIGHT)
  const one = x(1)
  const body = []
  let y = TOP
  for (const row of rows) {
    const peers = Object.entries(row.ratios)
    body.push(label(LEFT - 8, y + 12, row.name.replace(/ \(.*\)$/, ''), ' text-anchor="end"'))
    for (const [peer, ratio] of peers) {
      const [from, to] = [Math.min(one, x(ratio)), Math.max(one, x(ratio))]
      const width = Math.max(1, to - from).toFixed(1)
      body.push(`<rect x="${from.toFixed(1)}" y="${y + 2}" width="${width}" height="12" fill="${colours[peer]}"/>`)
      const target = row.targets[peer]
      if (target) {
        const at = x(target).toFixed(1)
        body.push(`<line class="target" x1="${at}" x2="${at}" y1="${y}" y2="${y + 16}"/>`)
      }
      const right = Math.max(to, target ? x(target) : 0) + 5
      body.push(label(right.toFixed(1), y + 12, `${figure(ratio)} ${peer}`, ' class="small"'))
      y += LINE
    }
    y += GAP
  }
  const axis = []
  for (let power = low; power <= high; power++) {
    const at = x(10 ** power).toFixed(1)
    axis.push(`<line class="${power === 0 ? 'one' : 'grid'}" x1="${at}" x2="${at}" y1="${TOP - 8}" y2="${y}"/>`)
    axis.push(label(at, TOP - 14, `${10 ** power}×`, ' text-anchor="middle" class="small"'))
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y + 8}" viewBox="0 0 ${WIDTH} ${y + 8}" role="img">
<title>Our speed as a multiple of each peer's</title>
<style>
text { font: 12px system-ui, sans-serif; fill: #24292f }
.small { font-size: 11px; fill: #57606a }
.grid { stroke: #8c959f; stroke-opacity: 0.35 }
.one { stroke: #24292f; stroke-width: 1.5 }
.target { stroke: #cf222e; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .small { fill: #9da7b1 } .one { stroke: #e6edf3 } .target { stroke: #ff7b72 }
}
</style>
${label(8, 20, "Our speed as a multiple of each peer's; logarithmic; the red mark is the target")}
${axis.join('\n')}
${body.join('\n')}
</svg>
`
}
