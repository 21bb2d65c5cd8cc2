import type { Command } from 'commander'
import { catalogue } from '../../datasets/catalogue.js'
import { datasetInfo, formatDatasetInfo } from '../../datasets/info.js'
import { findDataset } from '../../datasets/load.js'
import { loadForCommand } from '../data.js'
import { interruptSignal } from '../interrupt.js'
import { makeOutput } from '../output.js'

interface DataFlagsOnCommand {
  readonly from?: string
  readonly offline?: boolean
  readonly json: boolean
}

export function addDataCommand(program: Command): void {
  const data = program.command('data').description('data sets: what is there, fetch, inspect')
  data
    .command('list')
    .description('all data sets and where each is found')
    .option('--json', 'print as JSON', false)
    .action(runList)
  for (const [name, description] of [
    ['get', 'fetch a data set into the cache folder, with resume and checksum'],
    ['info', 'counts, shape, normalisation, licence and citation'],
  ] as const) {
    data
      .command(name)
      .description(description)
      .argument('<dataset>', 'name from "neuromotif data list"')
      .option('--from <folder>', 'folder that holds its files')
      .option('--offline', 'fetch nothing')
      .option('--json', 'print as JSON', false)
      .action((dataset: string, flags: DataFlagsOnCommand) => runInfo(dataset, flags, name === 'info'))
  }
}

async function runList(flags: { readonly json: boolean }): Promise<void> {
  const output = makeOutput(flags.json)
  const rows = await Promise.all(
    catalogue.map(async ({ name, title }) => ({ name, title, found: await findDataset(name) })),
  )
  for (const { name, title, found } of rows)
    output.say(
      `${name.padEnd(16)} ${title.padEnd(34)} ${found ?? `not here; get it with "neuromotif data get ${name}"`}`,
    )
  output.result(rows)
}

async function runInfo(name: string, flags: DataFlagsOnCommand, details: boolean): Promise<void> {
  const output = makeOutput(flags.json)
  const interrupt = interruptSignal(output.say)
  try {
    const dataset = await loadForCommand(name, 0, flags, output, interrupt.signal)
    const info = datasetInfo(dataset)
    output.say(details ? formatDatasetInfo(info) : `${info.title} is here: ${info.source}`)
    output.result(info)
  } finally {
    interrupt.dispose()
  }
}
