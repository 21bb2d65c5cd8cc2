/** The files that a data set is made of, wherever they lie: a folder, archives, files dropped on a page. */
import { type ByteSource, blobSource, bytesSource } from '../events/byte-source.js'

export interface TreeFile {
  /** Relative, with `/` between its parts, without `.` and `..`. */
  readonly path: string
  /** Bytes. */
  readonly size: number
}

/** Where a file's bytes are, as plain data that a worker thread can be given. */
export type FilePlace =
  | { readonly kind: 'disk'; readonly path: string }
  | { readonly kind: 'bytes'; readonly name: string; readonly bytes: Uint8Array }
  | { readonly kind: 'blob'; readonly name: string; readonly blob: Blob }

export interface FileTree {
  /** What messages call it. */
  readonly name: string
  /** In order of their paths by code unit, whatever order they came in. */
  readonly files: readonly TreeFile[]
  /** Changes when a file does: contents for files in memory, sizes and times for files on disk. */
  readonly identity: string
  place(path: string): FilePlace
}

export interface PlacedFile extends TreeFile {
  readonly place: FilePlace
}

/** A tree of files whose places are known. A path that comes twice counts once, as it came last. */
export function treeOf(name: string, identity: string, placed: Iterable<PlacedFile>): FileTree {
  const places = new Map<string, PlacedFile>()
  for (const file of placed) places.set(file.path, file)
  const files = [...places.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
  return {
    name,
    identity,
    files,
    place(path) {
      const found = places.get(path)
      if (!found) throw new TypeError(`${name} holds no ${path}`)
      return found.place
    },
  }
}

/** Files chosen or dropped in a page. Folders keep their paths where the browser tells them. */
export function blobTree(name: string, files: Iterable<File>): FileTree {
  const placed = Array.from(files, (file): PlacedFile & { readonly changed: number } => ({
    path: file.webkitRelativePath || file.name,
    size: file.size,
    changed: file.lastModified,
    place: { kind: 'blob', name: file.name, blob: file },
  }))
  return treeOf(name, placed.map(({ path, size, changed }) => `${path} ${size} ${changed}`).join('\n'), placed)
}

/** The bytes of a place in memory; files on disk are the host's to open. */
export function memorySource(place: Exclude<FilePlace, { kind: 'disk' }>): ByteSource {
  return place.kind === 'bytes' ? bytesSource(place.name, place.bytes) : blobSource(place.blob, place.name)
}

/** How a source of bytes is got from a place; the host's opens files on disk too. */
export type OpenPlace = (place: FilePlace) => Promise<ByteSource>

/** The last part of a path. */
export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** A file's ending with its dot in lower case, empty without one; of `.npy.gz` it is `.gz`. */
export function endingOf(path: string): string {
  const name = baseName(path)
  const dot = name.lastIndexOf('.')
  return dot > 0 ? name.slice(dot).toLowerCase() : ''
}

/** Hidden files and what systems leave behind in folders and archives. */
export const isClutter = (path: string): boolean =>
  path.split('/').some((part) => part.startsWith('.') || part === '__MACOSX' || part === 'Thumbs.db')
