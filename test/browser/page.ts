/** The page of the browser test: reads files that are chosen or dropped, with the library as a page loads it. */
import { blobSource, blobTree, datasetFromTree, loadBatches, openEvents } from '../../src/index.js'

interface ReadFile {
  readonly name: string
  readonly format: string
  readonly events: number
  readonly on: number
  readonly first: string
}

/** Walks a dropped file chunk by chunk. */
async function readDropped(file: File): Promise<ReadFile> {
  const reader = await openEvents(blobSource(file), { chunkBytes: 65536 })
  let [events, on, first] = [0, 0, '']
  for await (const chunk of reader.chunks()) {
    if (events === 0 && chunk.count > 0) first = String(chunk.t[0])
    events += chunk.count
    for (const polarity of chunk.polarity) on += polarity
  }
  return { name: file.name, format: reader.format, events, on, first }
}

const page = {
  readDropped: async (files: FileList | File[]) => {
    const found: (ReadFile | { readonly name: string; readonly error: string })[] = []
    for (const file of files) {
      found.push(await readDropped(file).catch((error: Error) => ({ name: file.name, error: error.message })))
    }
    return found
  },
  /** A whole set from the files of a folder, and the sum of its first training batch. */
  loadSet: async (files: FileList | File[]) => {
    const set = await datasetFromTree('nmnist', blobTree('dropped', files), { side: 17, frames: 4, validation: 0.25 })
    const { value } = await loadBatches(set.train, { batch: set.train.count, epoch: 0, seed: 1 }).next()
    const sum = value ? value.input.reduce((total, count) => total + count, 0) : 0
    return {
      train: set.train.count,
      validation: set.validation.count,
      test: set.test.count,
      sum,
      fingerprint: set.fingerprint,
    }
  },
}
export type Page = typeof page
Object.assign(globalThis, { page })

// what a user does: drop files on the page, or choose them
const chosen = document.querySelector('input') as HTMLInputElement
const dropped = document.querySelector('main') as HTMLElement
const show = async (files: FileList) => {
  dropped.textContent = JSON.stringify(await page.readDropped(files))
}
chosen.addEventListener('change', () => chosen.files && show(chosen.files))
dropped.addEventListener('dragover', (event) => event.preventDefault())
dropped.addEventListener('drop', (event) => {
  event.preventDefault()
  if (event.dataTransfer) void show(event.dataTransfer.files)
})
