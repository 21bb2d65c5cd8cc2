/** Dividing samples into parts where a set does not do so itself. */
import { stratifiedOrder } from '../stratified-order.js'
import type { Part } from './sample-file.js'

/** Names by which folders call the parts, alone or behind a name and a hyphen or underscore. */
const partNames: readonly (readonly [RegExp, Part])[] = [
  [/^(.*[-_ ])?train(ing)?$/i, 'train'],
  [/^(.*[-_ ])?test(ing)?$/i, 'test'],
  [/^(.*[-_ ])?(val|valid|validation|dev)$/i, 'validation'],
]

/** The part that a folder's name stands for; null when it is no such name. */
export const partOfName = (name: string): Part | null => partNames.find(([pattern]) => pattern.test(name))?.[1] ?? null

/** What a division needs to know of a file. */
export interface Divisible {
  readonly path: string
  /** Class that decides the stratification. */
  readonly label: number
  readonly recording: string
}

/** Which files are the test part. */
export type TestRule = (files: readonly Divisible[]) => ReadonlySet<string>

/** The first `count` files of each class, by the last number in their names: what the field does with CIFAR10-DVS. */
export const firstOfEachClass =
  (count: number): TestRule =>
  (files) => {
    const byClass = new Map<number, Divisible[]>()
    for (const file of files) {
      const own = byClass.get(file.label)
      if (own) own.push(file)
      else byClass.set(file.label, [file])
    }
    const chosen = new Set<string>()
    for (const own of byClass.values()) {
      const ordered = own.sort((a, b) => lastNumber(a.path) - lastNumber(b.path) || (a.path < b.path ? -1 : 1))
      for (const { path } of ordered.slice(0, count)) chosen.add(path)
    }
    return chosen
  }

/** A stratified share, drawn with a fixed seed so that everybody has the same; whole recordings. */
export const shareOfRecordings =
  (share: number): TestRule =>
  (files) => {
    const first = new Map<string, number>()
    for (const { recording, label } of files) if (!first.has(recording)) first.set(recording, label)
    const recordings = [...first.keys()]
    const order = stratifiedOrder(Uint32Array.from(first.values()), 0, 1)
    const count = Math.min(recordings.length - 1, Math.max(1, Math.round(share * recordings.length)))
    const held = new Set(Array.from(order.subarray(0, count), (index) => recordings[index] as string))
    return new Set(files.filter(({ recording }) => held.has(recording)).map(({ path }) => path))
  }

const lastNumber = (path: string): number => Number(/(\d+)(?!.*\d)/.exec(path)?.[1] ?? 0)

/** Names in the order of their numbers when all are numbers, else by code unit. */
export function orderedNames(names: Iterable<string>): readonly string[] {
  const all = [...new Set(names)]
  const numeric = all.every((name) => /^\d+$/.test(name))
  return all.sort((a, b) => (numeric ? Number(a) - Number(b) : 0) || (a < b ? -1 : 1))
}
