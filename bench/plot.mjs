/** The results as charts: SVG, hand-made, logarithmic axes, readable on light and dark pages. */
import { figure, sharedNames } from './table.mjs'

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
const OTHER = '#7f8c8d'

const STYLE = `<style>
text { font: 12px system-ui, sans-serif; fill: #24292f }
.small { font-size: 11px; fill: #57606a }
.grid { stroke: #8c959f; stroke-opacity: 0.35 }
.one { stroke: #24292f; stroke-width: 1.5 }
.target { stroke: #cf222e; stroke-width: 2 }
.guide { stroke: #cf222e; stroke-opacity: 0.55; stroke-dasharray: 4 4 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .small { fill: #9da7b1 } .one { stroke: #e6edf3 } .target, .guide { stroke: #ff7b72 }
}
</style>`

const escaped = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;')

/** Text of one line that starts or ends at x. */
const label = (x, y, text, more = '') => `<text x="${x}" y="${y}"${more}>${escaped(text)}</text>`

const svg = (height, title, body) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">
<title>${escaped(title)}</title>
${STYLE}
${body.join('\n')}
</svg>
`

const shortName = (name) =>
  name
    .replace(/ \(.*\)$/, '')
    .replace(', from a text file into a file', '')
    .replace('point check apart', 'point apart')

/** The axis of ratios: where a ratio stands, and its lines from TOP to `bottom`. */
function ratioAxis(ratios) {
  const low = Math.min(-1, Math.floor(Math.log10(Math.min(...ratios))))
  const high = Math.max(1, Math.ceil(Math.log10(Math.max(...ratios))))
  const x = (ratio) => LEFT + ((Math.log10(ratio) - low) / (high - low)) * (WIDTH - LEFT - RIGHT)
  const lines = (bottom) =>
    Array.from({ length: high - low + 1 }, (_, i) => {
      const power = low + i
      const at = x(10 ** power).toFixed(1)
      const line = `<line class="${power === 0 ? 'one' : 'grid'}" x1="${at}" x2="${at}" y1="${TOP - 8}" y2="${bottom}"/>`
      return `${line}\n${label(at, TOP - 14, `${10 ** power}×`, ' text-anchor="middle" class="small"')}`
    })
  return { x, lines }
}

/** All rows that have a peer: bars to the right of 1 are faster than the peer, to the left slower. */
export function drawRatios(rows) {
  const compared = rows.filter((row) => Object.keys(row.ratios).length > 0)
  const { x, lines } = ratioAxis(compared.flatMap((row) => Object.values(row.ratios)))
  const one = x(1)
  const body = []
  let y = TOP
  for (const row of compared) {
    body.push(label(LEFT - 8, y + 12, shortName(row.name), ' text-anchor="end"'))
    for (const [peer, ratio] of Object.entries(row.ratios)) {
      const [from, to] = [Math.min(one, x(ratio)), Math.max(one, x(ratio))]
      const width = Math.max(1, to - from).toFixed(1)
      const fill = colours[peer] ?? OTHER
      body.push(`<rect x="${from.toFixed(1)}" y="${y + 2}" width="${width}" height="12" fill="${fill}"/>`)
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
  const title = "Our speed as a multiple of each peer's in Node"
  const note = `${title} (sizes: how many times ours a peer's is); logarithmic; the red mark is the target`
  return svg(y + 8, title, [label(8, 20, note), ...lines(y), ...body])
}

/** A mark for each runtime, told apart by its shape as well. */
const marks = {
  Node: (x, y) => `<circle cx="${x.toFixed(1)}" cy="${y}" r="4.5" fill="#6aa84f"/>`,
  Deno: (x, y) => `<rect x="${(x - 4).toFixed(1)}" y="${y - 4}" width="8" height="8" fill="#3d85c6"/>`,
  Bun: (x, y) => `<path d="M${x.toFixed(1)} ${y - 5.5}l5.5 10h-11z" fill="#cc7832"/>`,
}

/** The rows that all runtimes have, a line for each peer of a target: a mark where each runtime is. */
export function drawRuntimes(runtimes) {
  const lines = sharedNames(runtimes).flatMap((name) => {
    const rows = runtimes.map(({ runtime, rows }) => [runtime, rows.find((row) => row.name === name)])
    const { targets } = rows.find(([, row]) => row)[1]
    return Object.entries(targets).map(([peer, target], i) => ({
      name: i === 0 ? shortName(name) : '',
      peer,
      target,
      found: rows.filter(([, row]) => row?.ratios[peer]).map(([runtime, row]) => [runtime, row.ratios[peer]]),
    }))
  })
  const axis = ratioAxis(lines.flatMap(({ found, target }) => [target, ...found.map(([, ratio]) => ratio)]))
  const body = []
  let y = TOP
  for (const { name, peer, target, found } of lines) {
    if (name) y += GAP
    body.push(label(LEFT - 8, y + 12, name, ' text-anchor="end"'))
    const at = axis.x(target).toFixed(1)
    body.push(`<line class="target" x1="${at}" x2="${at}" y1="${y}" y2="${y + 16}"/>`)
    for (const [runtime, ratio] of found) body.push(marks[runtime](axis.x(ratio), y + 8))
    const right = Math.max(...found.map(([, ratio]) => axis.x(ratio)), axis.x(target)) + 10
    body.push(label(right.toFixed(1), y + 12, peer, ' class="small"'))
    y += LINE
  }
  const legend = runtimes.flatMap(({ runtime, version }, i) => [
    marks[runtime](570 + i * 135, 17),
    label(580 + i * 135, 21, `${runtime} ${version}`),
  ])
  const title = "Our speed as a multiple of the peer's, in each runtime"
  return svg(y + 8, title, [label(8, 21, `${title}; the red mark is the target`), ...legend, ...axis.lines(y), ...body])
}

const PANELS = 3
const PANEL = { width: 300, height: 200, left: 52, gap: 20 }
const lineColours = [
  '#3d85c6',
  '#cc7832',
  '#6aa84f',
  '#c27ba0',
  '#8e7cc3',
  '#45a0a0',
  '#a0903a',
  '#c0504d',
  '#7f8c8d',
  '#b07d2b',
]
const dashes = ['', ' stroke-dasharray="7 3"']

/** 64 kB, 4 MB. */
const sizeName = (size) => (size >= 1 << 20 ? `${size >> 20} MB` : `${size >> 10} kB`)
/** 0.1, 100 and so on, in milliseconds. */
const msName = (power) => (power < 3 ? `${10 ** power} ms` : `${10 ** (power - 3)} s`)

/** One chart: cost against size, a line a parser, with the names and exponents below it. Gives its height and parts. */
function panel(title, parsers, sizes, ceiling, left, top) {
  const times = parsers.flatMap((parser) => parser.times.map((ms) => Math.max(ms, 1e-4)))
  const low = Math.floor(Math.log10(Math.min(...times)) + 0.02)
  const high = Math.max(low + 2, Math.ceil(Math.log10(Math.max(...times)) - 0.02))
  const [first, last] = [Math.log(sizes[0]), Math.log(sizes.at(-1))]
  const inner = PANEL.width - PANEL.left
  const x = (size) => left + PANEL.left + ((Math.log(size) - first) / (last - first)) * inner
  const yOf = (power) => top + 24 + (1 - (power - low) / (high - low)) * PANEL.height
  const y = (ms) => yOf(Math.log10(ms))
  const [right, bottom, begin] = [x(sizes.at(-1)), yOf(low), x(sizes[0])]
  const parts = [label(left + PANEL.left, top + 12, title)]
  for (let power = low; power <= high; power++) {
    const at = yOf(power).toFixed(1)
    parts.push(`<line class="grid" x1="${begin}" x2="${right}" y1="${at}" y2="${at}"/>`)
    parts.push(label(begin - 5, (yOf(power) + 4).toFixed(1), msName(power), ' text-anchor="end" class="small"'))
  }
  for (const size of sizes) {
    const at = x(size).toFixed(1)
    parts.push(`<line class="grid" x1="${at}" x2="${at}" y1="${top + 24}" y2="${bottom}"/>`)
    const anchor = size === sizes[0] ? 'start' : size === sizes.at(-1) ? 'end' : 'middle'
    parts.push(label(at, bottom + 14, sizeName(size), ` text-anchor="${anchor}" class="small"`))
  }
  // Lines of the greatest slope that passes, to hold the others against.
  const rise = (ceiling * (last - first)) / Math.LN10
  for (let power = low - Math.ceil(rise); power < high; power++) {
    const inside = (at) => Math.max(low, Math.min(high, at))
    const along = (at) => begin + ((inside(at) - power) / rise) * inner
    const [from, to] = [inside(power), inside(power + rise)]
    if (from >= to) continue
    const [x1, x2] = [along(from).toFixed(1), along(to).toFixed(1)]
    parts.push(`<line class="guide" x1="${x1}" y1="${yOf(from).toFixed(1)}" x2="${x2}" y2="${yOf(to).toFixed(1)}"/>`)
  }
  let below = bottom + 34
  for (const [i, { name, times, exponent }] of parsers.entries()) {
    const stroke = `stroke="${lineColours[i % lineColours.length]}"${dashes[Math.floor(i / lineColours.length) % 2]}`
    const points = times.map((ms, at) => `${x(sizes[at]).toFixed(1)},${y(ms).toFixed(1)}`).join(' ')
    parts.push(`<polyline points="${points}" fill="none" stroke-width="1.8" ${stroke}/>`)
    parts.push(
      `<line x1="${left + 8}" x2="${left + 28}" y1="${below - 4}" y2="${below - 4}" stroke-width="3" ${stroke}/>`,
    )
    parts.push(label(left + 34, below, `${exponent.toFixed(2)}  ${name}`, ' class="small"'))
    below += 15
  }
  return { height: below - top + 6, parts }
}

/** Cost against size of every parser: `groups` of `{ title, parsers: [{ name, times, exponent }] }`. */
export function drawCost(groups, sizes, ceiling) {
  const title = 'Cost against size of every parser'
  const body = [
    label(8, 20, `${title}: time of one call, both axes logarithmic; the figures are the slopes`),
    label(8, 38, `dashed: the slope ${ceiling}, the greatest that passes`, ' class="small"'),
  ]
  let top = 56
  for (let i = 0; i < groups.length; i += PANELS) {
    const panels = groups
      .slice(i, i + PANELS)
      .map(({ title, parsers }, at) => panel(title, parsers, sizes, ceiling, 8 + at * (PANEL.width + PANEL.gap), top))
    body.push(...panels.flatMap(({ parts }) => parts))
    top += Math.max(...panels.map(({ height }) => height)) + 10
  }
  return svg(top, title, body)
}
