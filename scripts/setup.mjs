#!/usr/bin/env node
// Sets up a fresh clone: checks Node, installs packages, collects the shaders and makes sure a WebGPU adapter comes up.
// Run again at will: when nothing is to be done it only looks. `--build` also builds dist/ when a source changed.
//
// NEUROMOTIF_CACHE       folder for the driver and the shader cache (default ~/.cache/neuromotif)
// NEUROMOTIF_SETUP_ASSUME  for trying the routes on a machine that has a driver; a comma list of
//   no-driver (pretend that no loader and no driver is installed), no-apt, not-root
import { nodeVersionProblem } from './setup/version.mjs'

// Everything else is imported after this check, so that an old Node prints the sentence and not a syntax error.
const problem = nodeVersionProblem(process.versions.node)
if (problem) {
  console.error(problem)
  process.exitCode = 1
} else {
  const { runSetup } = await import('./setup/run.mjs')
  process.exitCode = await runSetup({ build: process.argv.includes('--build') })
}
