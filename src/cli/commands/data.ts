import { type Command, Option } from 'commander'
import { catalogue } from '../../datasets/catalogue/catalogue.js'
import type { CatalogueEntry } from '../../datasets/catalogue/entry.js'
import { datasetInfo, formatDatasetInfo } from '../../datasets/info.js'
import { entryByName, findDataset, userEntries } from '../../datasets/load.js'
import { addDataOptions, type DataFlags, dataOverrides, loadForCommand } from '../data.js'
import { interruptSignal } from '../interrupt.js'
import { decimalNumber, wholeNumber } from '../options.js'
import { makeOutput } from '../output.js'
import { addSet, removeSet } from './data-add.js'
import { showSamples } from './data-show.js'

interface DataFlagsOnCommand extends DataFlags {
  readonly json: boolean
}

export function addDataCommand(program: Command): void {
  const data = program.command('data').description('data sets: what is there, fetch, inspect, add, look at samples')
  data
    .command('list')
    .description('all data sets and where each is found')
    .option('--json', 'print as JSON', false)
    .action(runList)
  for (const [name, description] of [
    ['get', 'fetch a data set into the cache folder, with resume and checksum'],
    ['info', 'counts, shape, events, normalisation, licence and citation'],
  ] as const) {
    const command = data
      .command(name)
      .description(description)
      .argument('<dataset>', 'name from "neuromotif data list", or "folder" with --from')
      .option('--json', 'print as JSON', false)
      .action((dataset: string, flags: DataFlagsOnCommand) => runInfo(dataset, flags, name === 'info'))
    addDataOptions(command)
  }
  addOwnSets(data)
  const show = data
    .command('show')
    .description('draw samples: an image grid, event clips as frames and in space and time')
    .argument('<dataset>', 'name from "neuromotif data list", or "folder" with --from')
    .requiredOption('--out <file>', '.png or .html')
    .addOption(new Option('--split <name>', 'which part').choices(['train', 'validation', 'test']).default('train'))
    .option('--index <n>', 'the first sample to show, from 0', wholeNumber(0))
    .option('--class <name>', 'only samples of this class')
    .option('--count <n>', 'how many samples (default: 16 images, 4 event clips)', wholeNumber(1))
    .option('--augment <transforms>', 'show them as training would see them with these transforms')
    .option('--seed <n>', 'seed of the transforms and of the split', wholeNumber(0), 0)
    .option('--json', 'print as JSON', false)
    .action(showSamples)
  addDataOptions(show)
}

function addOwnSets(data: Command): void {
  data
    .command('add')
    .description('remember a folder of pictures or recordings as a data set')
    .argument('<name>', 'what to call it')
    .argument('<folder>', 'folder or archive: class folders, lists of files, annotated recordings')
    .option('--title <text>', 'what reports call it (default: the name)')
    .option('--frames <n>', 'recordings: frames of a sample', wholeNumber(1))
    .option('--window <ms>', 'recordings: windows of so many milliseconds', decimalNumber)
    .option('--side <pixels>', 'reduce frames or pictures to this side', wholeNumber(1))
    .option('--json', 'print as JSON', false)
    .action(addSet)
  data
    .command('remove')
    .description('forget a set that was added; its files stay')
    .argument('<name>')
    .option('--json', 'print as JSON', false)
    .action(removeSet)
}

/** What `list --json` says of a set, beside where it is. */
const listed = (entry: CatalogueEntry) => ({
  name: entry.name,
  title: entry.title,
  kind: entry.kind,
  classes: entry.classCount,
  height: entry.height,
  width: entry.width,
  channels: entry.channels,
  train: entry.trainCount,
  test: entry.testCount,
  split: entry.split,
  licence: entry.licence,
  citation: entry.citation,
  homepage: entry.homepage,
  archives: entry.archives?.files ?? [],
})

/** Whether the files can be had without a visitor of the site. */
const canFetch = ({ sources, archives }: CatalogueEntry): boolean =>
  (sources?.addresses.length ?? 0) > 0 || (archives?.files.every(({ addresses }) => addresses.length > 0) ?? false)

async function runList(flags: { readonly json: boolean }): Promise<void> {
  const output = makeOutput(flags.json)
  const entries = [...catalogue, ...(await userEntries())]
  const rows = await Promise.all(
    entries.map(async (entry) => ({ ...listed(entry), found: await findDataset(entry.name) })),
  )
  for (const [i, { name, title, found }] of rows.entries()) {
    const byHand = !canFetch(entries[i] as CatalogueEntry)
    const where =
      found ?? `not here; ${byHand ? 'see' : 'get it with'} "neuromotif data ${byHand ? 'info' : 'get'} ${name}"`
    output.say(`${name.padEnd(16)} ${title.padEnd(34)} ${where}`)
  }
  output.result(rows)
}

async function runInfo(name: string, flags: DataFlagsOnCommand, details: boolean): Promise<void> {
  const output = makeOutput(flags.json)
  const entry = await entryByName(name)
  // what is known of a set can be told without its files
  if (details && flags.from === undefined && (await findDataset(name)) === null) {
    output.say(formatEntry(entry))
    output.result({ ...listed(entry), found: null })
    return
  }
  const interrupt = interruptSignal(output.say)
  try {
    const wish = { dataset: name, seed: 0, data: dataOverrides(flags) }
    const dataset = await loadForCommand(wish, flags, output, interrupt.signal)
    const info = datasetInfo(dataset)
    output.say(details ? formatDatasetInfo(info) : `${info.title} is here: ${info.source}`)
    output.result(info)
    await dataset.close?.()
  } finally {
    interrupt.dispose()
  }
}

function formatEntry(entry: CatalogueEntry): string {
  const { trainCount, testCount, archives } = entry
  const rows: [string, string][] = [
    ['name', `${entry.name} (${entry.title})`],
    ['sample', `${entry.kind}, H ${entry.height}, W ${entry.width}, C ${entry.channels}`],
    ['classes', `${entry.classCount}${entry.classes ? `: ${entry.classes.join(', ')}` : ''}`],
    ['samples', trainCount === null ? 'see split' : `${trainCount} train (validation included), ${testCount} test`],
    ['split', entry.split],
    ['licence', entry.licence],
    ['citation', entry.citation],
    ['homepage', entry.homepage],
    ...(archives?.files ?? []).map(({ name, addresses, md5 }): [string, string] => [
      'file',
      `${name}${md5 ? `, MD5 ${md5}` : ''}${addresses.length > 0 ? `, ${addresses[0]}` : ', from the homepage by hand'}`,
    ]),
    ['found', 'not here: give the folder or archive with --from'],
  ]
  return rows.map(([key, value]) => `${key.padEnd(12)}${value}`).join('\n')
}
