/** The tables of results, for the terminal and for README.md. */

/** Peers with a column of their own; the others share one. */
const columns = ['sshpk', 'ssh2', 'WebCrypto', 'alone']
const heads = ['work', 'ours', ...columns, 'others', 'target', 'verdict']

/** Two digits that count. */
export const figure = (ratio) => (ratio >= 9.95 ? String(Math.round(ratio)) : ratio.toFixed(ratio >= 0.995 ? 1 : 2))

/** A ratio near its target needs a digit more. */
const exact = (ratio) => (ratio < 2.95 ? ratio.toFixed(2) : figure(ratio))

const rate = (perSecond) => `${perSecond >= 99.5 ? Math.round(perSecond).toLocaleString('en') : perSecond.toFixed(1)}/s`

/** A rate, or a size. */
export const own = ({ perSecond, octets }) =>
  octets === undefined ? rate(perSecond) : `${(octets / 1000).toFixed(1)} kB`

const named = (entries) => entries.map(([peer, ratio]) => `${peer} ${exact(ratio)}`).join(', ')

const cells = (row) => {
  const { name, ratios, targets, verdict, secondRun } = row
  const again = secondRun && named(Object.entries(secondRun).filter(([peer]) => peer in targets))
  return [
    name,
    own(row),
    ...columns.map((peer) => (peer in ratios ? exact(ratios[peer]) : '-')),
    named(Object.entries(ratios).filter(([peer]) => !columns.includes(peer))) || '-',
    named(Object.entries(targets)) || '-',
    again ? `${verdict} (second run ${again})` : verdict,
  ]
}

const isNumber = (column) => column >= 1 && column <= columns.length + 1

/** Lines with aligned columns. */
function aligned(lines, right) {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)))
  const pad = (cell, column) => (right(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column]))
  return lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n')
}

const markdown = ([first, ...more], right) =>
  [first, first.map((_, column) => (right(column) ? '--:' : '---')), ...more]
    .map((line) => `| ${line.join(' | ')} |`)
    .join('\n')

/** The rows of Node for the terminal. */
export const textTable = (rows) => aligned([heads, ...rows.map(cells)], isNumber)

/** The same as Markdown. */
export const markdownTable = (rows) => markdown([heads, ...rows.map(cells)], isNumber)

/** The rows that all runtimes have, with the peers of their targets: `!` behind a ratio that is below it. */
export function runtimesTable(runtimes, asMarkdown = false) {
  const cell = (row) => {
    if (!row) return '-'
    const ratios = Object.entries(row.targets).map(([peer, target]) => {
      if (!(peer in row.ratios)) return `${peer} -`
      return `${peer} ${exact(row.ratios[peer])}${row.ratios[peer] < target ? '!' : ''}`
    })
    return `${ratios.join(', ')} (${own(row)})`
  }
  const lines = [['work', 'target', ...runtimes.map(({ runtime }) => runtime)]]
  for (const name of sharedNames(runtimes)) {
    const rows = runtimes.map((runtime) => runtime.rows.find((row) => row.name === name))
    lines.push([name, named(Object.entries(rows.find(Boolean).targets)), ...rows.map(cell)])
  }
  return (asMarkdown ? markdown : aligned)(lines, () => false)
}

/** Names of the rows that another runtime than Node has, in their order. */
export function sharedNames(runtimes) {
  const rows = runtimes.filter(({ runtime }) => runtime !== 'Node').flatMap((runtime) => runtime.rows)
  return [...new Set(rows.map(({ name }) => name))]
}

const list = (versions) =>
  Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')

/** Where, with what and how fast. */
export const factsLines = ({ date, minutes, cores, cpu, openssh, peers, dependencies }, runtimes) => [
  `${date}, ${minutes} minutes, ${cores} cores (${cpu})`,
  ...runtimes.map(
    ({ runtime, version, openssl, yardstick }) =>
      `${runtime} ${version}${runtime === 'Node' ? ` with OpenSSL ${openssl}` : ''}; yardstick: noble's sha256 of 1 kB takes ${yardstick.toFixed(1)} µs`,
  ),
  `peers: ${openssh}, ${list(peers)}`,
  `dependencies of ours: ${list(dependencies)}`,
]
