import type { Command } from 'commander'
import type { KernelCheck, PropertyOutcome } from '../../properties/index.js'
import { openGpu } from '../../runtime/gpu.js'
import { interruptSignal } from '../interrupt.js'
import { listOf, wholeNumber } from '../options.js'
import { makeOutput } from '../output.js'

interface CheckFlags {
  readonly kernel?: readonly string[]
  readonly seed?: number
  readonly runs?: number
  readonly json: boolean
}

export function addCheckCommand(program: Command): void {
  program
    .command('check')
    .description('property tests of the kernels on this adapter: can this GPU be trusted?')
    .option(
      '--kernel <names>',
      'only kernels whose names contain one of these, such as neuron/ or pooling/average',
      listOf,
    )
    .option('--seed <n>', 'draws other cases (default: 31)', wholeNumber(0))
    .option('--runs <n>', 'cases of each property', wholeNumber(1))
    .option('--json', 'print the result as JSON', false)
    .action(runCheck)
}

/** The exit code is 1 when something fails, and no message says so but the result itself. */
async function runCheck(flags: CheckFlags): Promise<void> {
  const output = makeOutput(flags.json)
  // loaded here: no other command needs the properties, nor the package that draws their cases
  const { checkKernels, outcomeText } = await import('../../properties/index.js')
  const interrupt = interruptSignal(output.say)
  const gpu = await openGpu()
  try {
    output.say(`Adapter: ${gpu.name}`)
    const result = await checkKernels(gpu, {
      ...(flags.kernel ? { kernels: flags.kernel } : {}),
      ...(flags.seed === undefined ? {} : { seed: flags.seed }),
      ...(flags.runs === undefined ? {} : { runs: flags.runs }),
      signal: interrupt.signal,
      onOutcome: (outcome, done, total) => output.say(line(outcome, done, total, outcomeText)),
    })
    output.say(summary(result))
    output.result(result)
    if (!result.passed) process.exitCode = 1
  } finally {
    interrupt.dispose()
    await gpu.close()
  }
}

const line = (
  outcome: PropertyOutcome,
  done: number,
  total: number,
  outcomeText: (outcome: PropertyOutcome) => string,
): string => {
  const at = `${String(done).padStart(String(total).length)}/${total}`
  if (!outcome.passed) return `${at} FAILS ${outcomeText(outcome)}`
  return `${at} holds ${outcome.name} (${outcome.runs} cases, ${(outcome.milliseconds / 1000).toFixed(1)} s)`
}

function summary({ kernels, passed, outcomes, unused }: KernelCheck): string {
  const width = Math.max(0, ...[...kernels.map(({ kernel }) => kernel), ...unused].map((kernel) => kernel.length))
  const rows = [
    ...kernels.map(({ kernel, trusted }) => `${kernel.padEnd(width)}  ${trusted ? 'trusted' : 'NOT TRUSTED'}`),
    ...unused.map((kernel) => `${kernel.padEnd(width)}  not used on this adapter`),
  ]
  const failed = outcomes.filter((outcome) => !outcome.passed).length
  const verdict = passed
    ? `All ${outcomes.length} properties hold: these kernels can be trusted on this adapter.`
    : `${failed} of ${outcomes.length} properties fail. Update the driver; if that does not help, report the lines above.`
  return ['', ...rows, '', verdict].join('\n')
}
