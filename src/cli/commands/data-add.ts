/** Adding a folder of one's own to the data sets, and forgetting it. */
import { resolve } from 'node:path'
import {
  checkSetName,
  folderSetName,
  formatUserSets,
  parseUserSets,
  type UserSet,
} from '../../datasets/catalogue/user-set.js'
import { datasetInfo, formatDatasetInfo } from '../../datasets/info.js'
import { contentOf, timeStepsOf } from '../../datasets/splits.js'
import { DatasetError } from '../../errors.js'
import { changeUserSets, userSetsFile } from '../../host/node/user-sets.js'
import { dropUndefined, loadForCommand } from '../data.js'
import { interruptSignal } from '../interrupt.js'
import { makeOutput } from '../output.js'

interface AddFlags {
  readonly title?: string
  readonly frames?: number
  readonly window?: number
  readonly side?: number
  readonly json: boolean
}

/** Reads the whole folder first, so that what is remembered can be read. */
export async function addSet(name: string, folder: string, flags: AddFlags): Promise<void> {
  const output = makeOutput(flags.json)
  checkSetName(name)
  const interrupt = interruptSignal(output.say)
  try {
    const { frames, window, side } = flags
    const wish = { dataset: folderSetName, seed: 0, data: dropUndefined({ frames, window, side }) }
    const dataset = await loadForCommand(wish, { from: folder }, output, interrupt.signal)
    const { train, recorded, classes } = dataset
    const set: UserSet = {
      name,
      folder: resolve(folder),
      title: flags.title ?? name,
      kind: contentOf(train),
      classes: [...classes],
      width: recorded?.width ?? train.width,
      height: recorded?.height ?? train.height,
      channels: train.channels,
      frames: timeStepsOf(train),
      window: window ?? null,
      side: side ?? null,
    }
    await dataset.close?.()
    const file = userSetsFile()
    await changeUserSets(file, (text) => {
      const others = text === null ? [] : parseUserSets(text, file).filter((other) => other.name !== name)
      return formatUserSets([...others, set])
    })
    const info = { ...datasetInfo(dataset), name, title: set.title }
    output.say(formatDatasetInfo(info))
    output.say(`Added as "${name}": neuromotif train <network> --dataset ${name}`)
    output.result(info)
  } finally {
    interrupt.dispose()
  }
}

export async function removeSet(name: string, flags: { readonly json: boolean }): Promise<void> {
  const output = makeOutput(flags.json)
  const file = userSetsFile()
  await changeUserSets(file, (text) => {
    const sets = text === null ? [] : parseUserSets(text, file)
    if (!sets.some((set) => set.name === name)) {
      const names = sets.map((set) => set.name).join(', ') || 'none'
      throw new DatasetError(`"${name}"`, `is no set that was added; those are: ${names}.`)
    }
    return formatUserSets(sets.filter((set) => set.name !== name))
  })
  output.say(`Forgotten: ${name}. Its files stay where they are.`)
  output.result({ removed: name })
}
