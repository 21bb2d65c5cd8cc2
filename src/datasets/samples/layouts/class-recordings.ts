/** Long recordings, each of one class, named after it: `train/Caixa.aedat`, `test/Caixa.aedat`. */
import { baseName, endingOf, isClutter } from '../file-tree.js'
import { orderedNames, partOfName } from '../parts.js'
import type { Layout, SampleFile } from '../sample-file.js'
import { eventEndings } from './class-folders.js'
import { requireParts } from './placed-files.js'

/** Milliseconds of a sample where nobody says otherwise: long enough for a glance at a moving thing. */
export const standardWindow = 200

/**
 * Recordings right below folders named after the parts. The class is the file's name without its ending and without a
 * number behind it, so that `Caixa_2.aedat` is a second recording of the class Caixa. Classes that only one part has are
 * left out, and the listing says so.
 */
export const classRecordings: Layout = {
  name: 'class recordings',
  expects: 'recordings named after their classes in folders train and test',
  list: async (tree) => {
    const found = tree.files.flatMap(({ path }) => {
      const part = partOfName(path.split('/').at(-2) ?? '')
      const ending = endingOf(path)
      if (part === null || isClutter(path) || !eventEndings.has(ending)) return []
      const name = baseName(path).slice(0, -ending.length)
      return [{ path, part, className: name.replace(/[-_ ]?\d+$/, '') || name }]
    })
    if (found.length === 0) return null
    const inPart = (part: string) => new Set(found.filter((file) => file.part === part).map((file) => file.className))
    const [train, test] = [inPart('train'), inPart('test')]
    const classes = orderedNames([...train].filter((name) => test.has(name)))
    const alone = orderedNames([...train, ...test].filter((name) => !classes.includes(name)))
    const files = found.flatMap(({ path, part, className }): SampleFile[] => {
      const label = classes.indexOf(className)
      return label < 0 ? [] : [{ path, part, recording: path, cut: { kind: 'whole', label } }]
    })
    requireParts(tree.name, files)
    const window = standardWindow
    const notes = alone.length > 0 ? [`Left out, since only one part has them: ${alone.join(', ')}.`] : []
    return { kind: 'event', classes, files, split: 'as the folders have the recordings', notes, window }
  },
}
