/** The table of results, for the terminal and for README.md. */

/** Peers with a column of their own; the others share one. */
const columns = ['sshpk', 'ssh2', 'WebCrypto', 'alone']
const heads = ['work', 'ours', ...columns, 'others', 'target', 'verdict']

/** Two digits that count. */
export const figure = (ratio) => (ratio >= 9.95 ? String(Math.round(ratio)) : ratio.toFixed(ratio >= 0.995 ? 1 : 2))

/** A ratio near its target needs a digit more. */
const exact = (ratio) => (ratio < 2.95 ? ratio.toFixed(2) : figure(ratio))

const rate = (perSecond) => `${perSecond >= 99.5 ? Math.round(perSecond).toLocaleString('en') : perSecond.toFixed(1)}/s`

const named = (entries) => entries.map(([peer, ratio]) => `${peer} ${exact(ratio)}`).join(', ')

const cells = ({ name, perSecond, ratios, targets, verdict, secondRun }) => [
  name,
  rate(perSecond),
  ...columns.map((peer) => (peer in ratios ? exact(ratios[peer]) : '-')),
  named(Object.entries(ratios).filter(([peer]) => !columns.includes(peer))) || '-',
  named(Object.entries(targets)) || '-',
  secondRun
    ? `${verdict} (second run ${named(Object.entries(secondRun).filter(([peer]) => peer in targets))})`
    : verdict,
]

/** Lines with aligned columns. */
export function textTable(rows) {
  const lines = [heads, ...rows.map(cells)]
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => line[column].length)))
  const isNumber = (column) => column >= 1 && column <= columns.length + 1
  const pad = (cell, column) => (isNumber(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column]))
  return lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n')
}

/** The same as Markdown. */
export function markdownTable(rows) {
  const align = heads.map((_, column) => (column >= 1 && column <= columns.length + 1 ? '--:' : '---'))
  return [heads, align, ...rows.map(cells)].map((line) => `| ${line.join(' | ')} |`).join('\n')
}

/** One line that says where and how fast. */
export const factsLine = ({ date, node, cores, cpu, openssh, yardstick }) =>
  `${date}, Node ${node}, ${cores} cores (${cpu}), ${openssh}; yardstick: noble's sha256 of 1 kB takes ${yardstick.toFixed(1)} µs`
