#!/usr/bin/env node
/** The command line: every command is a thin layer over a library call. */
import { Command, CommanderError } from 'commander'
import { applyDriverEnvironment, restartWithDriver } from '../host/node/driver-environment.js'
import { version } from '../version.js'
import { addCheckCommand } from './commands/check.js'
import { addDataCommand } from './commands/data.js'
import { addDoctorCommand } from './commands/doctor.js'
import { addEvalCommand } from './commands/eval.js'
import { addProfileCommand } from './commands/profile.js'
import { addSearchCommand } from './commands/search.js'
import { addTrainCommand } from './commands/train.js'
import { addTuneCommand } from './commands/tune.js'
import { exitCodeOf, reportError } from './output.js'

const program = new Command('neuromotif')
  .description('Evolve and train spiking neural networks on WebGPU.')
  .version(version)
  .showSuggestionAfterError()
  .showHelpAfterError('(add --help for what there is)')
  .exitOverride()

addDoctorCommand(program)
addSearchCommand(program)
addTrainCommand(program)
addEvalCommand(program)
addProfileCommand(program)
addCheckCommand(program)
addTuneCommand(program)
addDataCommand(program)

async function main(): Promise<number> {
  try {
    if (applyDriverEnvironment() === 'restart') await restartWithDriver()
    await program.parseAsync()
    // a command whose result is a failure says so itself
    return Number(process.exitCode ?? 0)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    reportError(error, process.argv.includes('--json'))
    return exitCodeOf(error)
  }
}

// Dawn keeps threads of its own: end explicitly once everything is written
process.exitCode = await main()
process.stdout.write('', () => process.exit())
