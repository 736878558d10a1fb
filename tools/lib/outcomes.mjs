/**
 * What the outcomes of the conformance suite say together: `test/runtimes/run.ts` gives one a runtime.
 * Prevents: a runtime in which cases are silently missing.
 */

/**
 * Problems of `outcomes` (`[name, outcome or { problem }]`, in order), a line each: failures, counts that do not add up,
 * a set of cases that is not the first runtime's.
 */
export function problemsOf(outcomes) {
  const problems = []
  const [reference, first] = outcomes.find(([, outcome]) => outcome.problem === undefined) ?? []
  for (const [name, outcome] of outcomes) {
    const say = (text) => problems.push(`${name}: ${text}`)
    if (outcome.problem !== undefined) {
      say(outcome.problem)
      continue
    }
    const { pass, fail, cases, failures } = outcome
    const gaps = gapsOf(outcome)
    for (const failure of failures) say(failure)
    if (fail > 0 && failures.length === 0) say(`${fail} cases failed and none is named`)
    if (pass === 0) say('no case passed')
    if (pass + fail + gaps !== cases) say(`${pass} passed, ${fail} failed, ${gaps} are gaps: that is not ${cases}`)
    if (cases !== first.cases) say(`${cases} cases, in ${reference} ${first.cases}`)
    else if (outcome.names !== first.names) say(`its cases are not called as in ${reference}`)
  }
  return problems
}

/** How many cases were not run. */
export function gapsOf({ gaps }) {
  return Object.values(gaps).reduce((sum, count) => sum + count, 0)
}
