/** Is a split what it says it is? Data of a user's own come as plain objects, and a wrong label trains without a word. */
import { DatasetError } from '../errors.js'
import { sampleSize, sampleValues } from './splits.js'
import type { Labels, Split } from './types.js'

/** Arrays may be longer than `count`: the rest is not looked at. @throws DatasetError naming the first thing that does not hold */
export function checkSplit(split: Split, classes: number, where = 'data set'): void {
  const { count, labels } = split
  if (labels.length < count)
    throw new DatasetError(where, `must have a label for each of ${count} samples; it has ${labels.length}.`)
  if (split.kind !== 'streamed') {
    const values = sampleValues(split).length
    if (values < count * sampleSize(split)) {
      throw new DatasetError(
        where,
        `must have ${sampleSize(split)} values a sample, ${count * sampleSize(split)} in all; it has ${values}.`,
      )
    }
  }
  const wrong = firstLabelFrom(labels.subarray(0, count), classes)
  if (wrong >= 0) {
    throw new DatasetError(
      where,
      `labels must lie below the number of classes, ${classes}; sample ${wrong} has ${labels[wrong]}.`,
      'Number the classes from 0.',
    )
  }
}

/** Index of the first label that is not below `classes`; -1 when all are. */
export function firstLabelFrom(labels: Labels, classes: number): number {
  for (let i = 0; i < labels.length; i++) if ((labels[i] as number) >= classes) return i
  return -1
}
