/** Drawing samples of a data set into a file. */
import { divideTransforms } from '../../datasets/augmentation/domains.js'
import { loadSamples } from '../../datasets/batches.js'
import { contentOf } from '../../datasets/splits.js'
import type { Batch, Dataset, Split } from '../../datasets/types.js'
import { OptionError } from '../../errors.js'
import { writeWhole } from '../../host/node/disk.js'
import { type Canvas, gridOf, stackOf } from '../../report/pictures/canvas.js'
import { eventSpacePicture } from '../../report/pictures/event-space.js'
import { encodePng } from '../../report/pictures/png.js'
import { type ShownSample, samplePage } from '../../report/pictures/sample-page.js'
import { type SampleGrid, samplePicture } from '../../report/pictures/sample-picture.js'
import { type DataFlags, dataOverrides, loadForCommand } from '../data.js'
import { interruptSignal } from '../interrupt.js'
import { makeOutput } from '../output.js'

interface ShowFlags extends DataFlags {
  readonly out: string
  readonly split: 'train' | 'validation' | 'test'
  readonly index?: number
  readonly class?: string
  readonly count?: number
  readonly augment?: string
  readonly seed: number
  readonly json: boolean
}

export async function showSamples(name: string, flags: ShowFlags): Promise<void> {
  const output = makeOutput(flags.json)
  const ending = /\.(png|html)$/i.exec(flags.out)?.[1]?.toLowerCase()
  if (ending === undefined) throw new OptionError('--out', `must end in .png or .html; got ${flags.out}.`)
  const interrupt = interruptSignal(output.say)
  const augment = flags.augment ?? ''
  const wish = { dataset: name, seed: flags.seed, data: dataOverrides(flags), training: { augment } }
  const dataset = await loadForCommand(wish, flags, output, interrupt.signal, { recordings: true })
  try {
    const split = dataset[flags.split]
    const samples = chosenSamples(dataset, split, flags)
    const shown = await drawSamples(dataset, split, samples, flags)
    const title = `${dataset.title}: ${flags.split} samples ${Array.from(samples).join(', ')}`
    const facts = [
      `Source: ${dataset.source}`,
      `Licence: ${dataset.licence}`,
      ...(augment ? [`Transforms: ${augment}`] : []),
    ]
    const bytes =
      ending === 'html'
        ? new TextEncoder().encode(await samplePage(title, facts, shown))
        : await encodePng(onePicture(shown, contentOf(split)))
    await writeWhole(flags.out, bytes)
    output.say(`${title}\n${flags.out}`)
    output.result({
      file: flags.out,
      split: flags.split,
      samples: Array.from(samples, (index) => ({ index, class: dataset.classes[split.labels[index] ?? 0] })),
    })
  } finally {
    interrupt.dispose()
    await dataset.close?.()
  }
}

function chosenSamples(dataset: Dataset, split: Split, flags: ShowFlags): Uint32Array {
  const { index = 0, count = contentOf(split) === 'image' ? 16 : 4 } = flags
  const label = flags.class === undefined ? null : dataset.classes.indexOf(flags.class)
  if (label === -1)
    throw new OptionError('--class', `must be one of ${dataset.classes.join(', ')}; got ${flags.class}.`)
  const all = Uint32Array.from({ length: split.count }, (_, i) => i)
  const found = all
    .filter((sample) => sample >= index && (label === null || split.labels[sample] === label))
    .slice(0, count)
  if (found.length > 0) return found
  throw new OptionError('--index', `must leave a sample to show; the ${flags.split} part has ${split.count}.`)
}

async function drawSamples(
  dataset: Dataset,
  split: Split,
  samples: Uint32Array,
  { augment, seed }: ShowFlags,
): Promise<ShownSample[]> {
  const plain = await loadSamples(split, samples, {})
  // as the first epoch of a training with this seed would see them
  const change = augment === undefined ? null : { augment: divideTransforms(augment).frames, seed, epoch: 0 }
  const changed = change && (await loadSamples(split, samples, {}, change))
  const shown: ShownSample[] = []
  for (const [slot, sample] of samples.entries()) {
    const caption = `${sample}: ${dataset.classes[split.labels[sample] ?? 0]}`
    const pictures = [{ title: 'as it is', picture: samplePicture(sampleOf(plain, slot, contentOf(split))) }]
    if (changed) {
      const picture = samplePicture(sampleOf(changed, slot, contentOf(split)))
      pictures.push({ title: `after ${augment}`, picture })
    }
    const number = split.kind === 'streamed' ? split.selection[sample] : undefined
    const recording = number === undefined ? null : await dataset.recorded?.recording(number)
    if (recording) {
      const title = `${recording.t.length} events in ${(recording.duration / 1000).toFixed(1)} ms; time runs to the right`
      pictures.push({ title, picture: eventSpacePicture(recording) })
    }
    shown.push({ caption, pictures })
  }
  return shown
}

/** One sample of a batch, images back at their full scale. */
function sampleOf(
  { input, timeSteps, batch, height, width, channels }: Batch,
  slot: number,
  kind: 'image' | 'event',
): SampleGrid {
  const size = height * width * channels
  const values = new Float32Array(timeSteps * size)
  for (let step = 0; step < timeSteps; step++) {
    const from = (step * batch + slot) * size
    values.set(input.subarray(from, from + size), step * size)
  }
  if (kind === 'image') for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) * 255
  return { kind, timeSteps, height, width, channels, values }
}

/** Images in a grid, those that were changed below what they were; clips below one another. */
function onePicture(shown: readonly ShownSample[], kind: 'image' | 'event'): Canvas {
  if (kind === 'event')
    return stackOf(
      shown.flatMap(({ pictures }) => pictures.map(({ picture }) => picture)),
      12,
    )
  const columns = Math.ceil(Math.sqrt(shown.length))
  return gridOf(
    shown.map(({ pictures }) =>
      stackOf(
        pictures.map(({ picture }) => picture),
        2,
      ),
    ),
    columns,
  )
}
