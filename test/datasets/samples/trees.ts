/** Trees of files made in place. */
import {
  type FileTree,
  memorySource,
  type OpenPlace,
  type PlacedFile,
  treeOf,
} from '../../../src/datasets/samples/file-tree.js'
import type { LazyTree } from '../../../src/datasets/samples/load-tree.js'
import { encodeNmnist } from '../events/encoders.js'

export const openMemory: OpenPlace = async (place) => {
  if (place.kind === 'disk') throw new TypeError('these files lie in memory')
  return memorySource(place)
}

/** Files of the bytes or text given. */
export function memoryTree(files: Readonly<Record<string, Uint8Array | string>>): FileTree {
  const placed = Object.entries(files).map(([path, content]): PlacedFile => {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
    return { path, size: bytes.length, place: { kind: 'bytes', name: path, bytes } }
  })
  return treeOf('test', JSON.stringify(Object.keys(files)), placed)
}

export const lazy = (tree: FileTree): LazyTree => ({ name: tree.name, identity: tree.identity, open: async () => tree })

/** A recording of a moving dot: `count` events in steps of 1 ms, its row told by `row`; N-MNIST's format. */
export const dotRecording = (row: number, count: number): Uint8Array =>
  encodeNmnist(Array.from({ length: count }, (_, i) => ({ x: i % 34, y: row, t: i * 1000, p: i % 2 })))

/** Class folders of such recordings: `perClass` files in each of `classes` classes and each part. */
export function dotTree(classes: number, perClass: number, events: (file: number) => number = () => 40): FileTree {
  const files: Record<string, Uint8Array> = {}
  let file = 0
  for (const part of ['Train', 'Test']) {
    for (let label = 0; label < classes; label++) {
      for (let i = 0; i < perClass; i++) files[`${part}/${label}/${i}.bin`] = dotRecording(label, events(file++))
    }
  }
  return memoryTree(files)
}
