/**
 * One full training step of a spiking convolutional network, ours against @jax-js/jax and @tensorflow/tfjs on the same
 * adapter: same shapes, weights, data and loss. Each runs in processes of its own, one at a time; ours before, between
 * and after, since other work on the machine comes and goes. Also the time to the first step with an empty and with a
 * warm shader cache.
 * Run: flock /path/to/lock node --import tsx bench/training-step.ts [steps of ours] [steps of a peer]
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { spread } from './harness.js'
import type { StepResult } from './training-step/problem.js'

const [oursSteps = '6', peerSteps = '3'] = process.argv.slice(2)
const rounds = Number(process.env.BENCH_ROUNDS ?? 3)
const cache = mkdtempSync(join(tmpdir(), 'neuromotif-shaders-'))

function run(program: string, steps: string, shaderCache: string): StepResult | { readonly failure: string } {
  const child = spawnSync(process.execPath, ['--import', 'tsx', `bench/training-step/${program}.ts`, steps], {
    encoding: 'utf8',
    env: { ...process.env, MESA_SHADER_CACHE_DIR: shaderCache },
    timeout: 900_000,
  })
  const line = child.stdout.trim().split('\n').pop() ?? ''
  if (child.status === 0 && line.startsWith('{')) return JSON.parse(line) as StepResult
  return { failure: (child.stderr || line || `ended with ${child.status ?? child.signal}`).trim().slice(-600) }
}

function fresh(program: string): string {
  const folder = join(cache, `${program}-${Math.random().toString(36).slice(2)}`)
  mkdirSync(folder)
  return folder
}

const succeeded = (result: StepResult | { failure: string }): result is StepResult => !('failure' in result)
const say = (name: string, result: StepResult | { failure: string }) =>
  console.log(
    succeeded(result)
      ? `${name}: first ${result.firstStepSeconds.toFixed(1)} s, then ${result.stepSeconds.map((s) => s.toFixed(2)).join(', ')} s; losses ${result.losses.map((l) => l.toFixed(5)).join(', ')}`
      : `${name}: ${result.failure}`,
  )

const loads = [loadavg()[0]]
const oursCache = fresh('ours')
const ours: StepResult[] = []
const peers: Record<string, StepResult | { failure: string }> = {}
const runOurs = () => {
  const result = run('ours', oursSteps, oursCache)
  say('ours', result)
  if (succeeded(result)) ours.push(result)
}
runOurs()
for (const peer of ['jax', 'tfjs']) {
  const result = run(peer, peerSteps, fresh(peer))
  say(peer, result)
  peers[peer] = result
  runOurs()
}
for (let round = 3; round < rounds; round++) runOurs()
loads.push(loadavg()[0])
rmSync(cache, { recursive: true, force: true })

const [cold, ...warm] = ours
if (!cold) throw new Error('the network did not train')
const oursSpread = spread(ours.flatMap(({ stepSeconds }) => stepSeconds))
const rows = Object.entries(peers).map(([name, result]) => {
  if (!succeeded(result)) return { name, failure: result.failure }
  const seconds = spread(result.stepSeconds)
  const compared = Math.min(result.losses.length, cold.losses.length)
  const apart = Math.max(
    ...result.losses
      .slice(0, compared)
      .map((loss, i) => Math.abs(loss - (cold.losses[i] ?? Number.NaN)) / Math.abs(loss)),
  )
  return {
    name: result.library,
    seconds,
    firstStepSeconds: result.firstStepSeconds,
    ratio: seconds.median / oursSpread.median,
    lossesApart: apart,
    losses: result.losses,
  }
})
const result = {
  problem: (await import('./training-step/problem.js')).problem,
  adapter: cold.adapter,
  ours: {
    seconds: oursSpread,
    firstStepSecondsEmptyCache: cold.firstStepSeconds,
    firstStepSecondsWarmCache: spread(warm.map(({ firstStepSeconds }) => firstStepSeconds)),
    losses: cold.losses,
  },
  peers: rows,
}
const date = new Date().toISOString().slice(0, 10)
const folder = 'bench/results/software'
mkdirSync(folder, { recursive: true })
const machine = { adapter: cold.adapter, cores: availableParallelism(), loads, node: process.version }
const base = join(folder, `${date}-training-step`)
writeFileSync(`${base}.json`, `${JSON.stringify({ name: 'training-step', date, machine, result }, null, 2)}\n`)
const seconds = (s: { median: number; low: number; high: number }) =>
  `${s.median.toFixed(2)} (${s.low.toFixed(2)} … ${s.high.toFixed(2)})`
writeFileSync(
  `${base}.md`,
  [
    `# One training step against peers (${date})`,
    '',
    `Convolutions of 3x3 with ${result.problem.widths.join(', ')} channels, batch norm pooled over time and batch, LIF (tau 2, arctan surrogate, detached hard reset), 2x2 average pooling after the first two, global average, linear, mean over time, cross-entropy, SGD; T = ${result.problem.timeSteps}, batch ${result.problem.batch}, 28x28. ${cold.adapter}, ${machine.cores} cores, load ${loads.map((l) => (l ?? 0).toFixed(1)).join(' to ')} from other work.`,
    '',
    '| library | s a step: median (range) | over ours | first step, empty cache (s) | losses apart |',
    '|---|---|---:|---:|---:|',
    `| neuromotif | ${seconds(oursSpread)} | 1 | ${cold.firstStepSeconds.toFixed(1)} (warm: ${result.ours.firstStepSecondsWarmCache.median.toFixed(1)}) | – |`,
    ...rows.map((row) =>
      'failure' in row
        ? `| ${row.name} | ${(row.failure ?? '').split('\n').pop()} | – | – | – |`
        : `| ${row.name} | ${seconds(row.seconds)} | ${row.ratio.toFixed(1)} | ${row.firstStepSeconds.toFixed(1)} | ${row.lossesApart.toExponential(1)} |`,
    ),
    '',
  ].join('\n'),
)
console.log(`${base}.md`)
