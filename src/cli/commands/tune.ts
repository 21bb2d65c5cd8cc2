import type { Command } from 'commander'
import { tune } from '../../experiment/tuning/tune.js'
import { tuningFile, tuningFiles } from '../../host/node/tuning-files.js'
import { openGpu } from '../../runtime/gpu.js'
import { interruptSignal } from '../interrupt.js'
import { makeOutput } from '../output.js'

export function addTuneCommand(program: Command): void {
  program
    .command('tune')
    .description('measure which kernels are fastest on this adapter, and use them from now on')
    .option('--json', 'print the table as JSON', false)
    .addHelpText(
      'after',
      '\nA kernel is taken only if it computes the numbers of the reference kernel and is clearly faster than the one\nthat would run anyway. Commands use the table unless they are given --no-tune; a search notes which one it used.',
    )
    .action(runTune)
}

async function runTune(flags: { readonly json: boolean }): Promise<void> {
  const output = makeOutput(flags.json)
  const interrupt = interruptSignal(output.say)
  const gpu = await openGpu()
  try {
    output.say(`Adapter: ${gpu.name}`)
    const table = await tune(gpu, {
      signal: interrupt.signal,
      onShape(title, rows, done, all) {
        output.say(`${done}/${all} ${title}`)
        for (const { job, chosen, milliseconds, refused } of rows) {
          const times = Object.entries(milliseconds).map(([name, time]) => `${name} ${time.toFixed(2)} ms`)
          const wrong = Object.entries(refused).map(([name, reason]) => `${name} refused: ${reason}`)
          output.say(`  ${job.padEnd(28)} ${chosen.padEnd(10)} (${[...times, ...wrong].join(', ')})`)
        }
      },
    })
    tuningFiles.save(gpu.name, `${JSON.stringify(table, null, 1)}\n`)
    output.say(`Table: ${tuningFile(gpu.name)}`)
    output.result(table)
  } finally {
    await gpu.close()
  }
}
