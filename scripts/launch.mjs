#!/usr/bin/env node
// What the npm scripts call: sets up, then runs.
//   launch.mjs start [-- arguments]  builds and runs the command line; without arguments a short search, the main job
//   launch.mjs test [-- arguments]   runs the tests and closes with the line "N passed, N failed"
import { nodeVersionProblem } from './setup/version.mjs'

/** What `npm start` does without arguments. */
const defaultCommand = ['search', 'fashion-mnist', '--preset', 'quick']

const problem = nodeVersionProblem(process.versions.node)
if (problem) {
  console.error(problem)
  process.exitCode = 1
} else {
  const [job, ...rest] = process.argv.slice(2)
  const { startProduct, runTests } = await import('./setup/jobs.mjs')
  if (job === 'start') process.exitCode = await startProduct(rest.length > 0 ? rest : defaultCommand)
  else if (job === 'test') process.exitCode = await runTests(rest)
  else {
    console.error(`launch: expected "start" or "test"; found ${job === undefined ? 'nothing' : `"${job}"`}.`)
    process.exitCode = 2
  }
}
