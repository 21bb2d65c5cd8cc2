import type { ArchiveBytes, ArchiveEntry } from '../../archives/entries.js'
import type { ArchiveLimits } from '../../archives/guard.js'
import { ArchiveGuard } from '../../archives/guard.js'
import { archiveEntries } from '../../archives/open-archive.js'
import { DatasetError, FileFormatError } from '../../errors.js'
import { labelArray } from '../splits.js'
import type { ImageSplit } from '../types.js'
import { type DecodedImage, type ImageLimits, imageDecoder } from './decode-image.js'
import { squareImage } from './square-image.js'

/** Where a picture belongs; null leaves it out. */
export type PicturePlace = { readonly part: string; readonly label: string } | null

export interface ImageFolderOptions {
  /** Names of the classes in label order; default the folders' names, sorted by code unit. */
  readonly classes?: readonly string[]
  /** 1 makes all pictures grey, 3 all coloured; default 3 if any picture has colour, else 1. */
  readonly channels?: 1 | 3
  /** Side in pixels: pictures are cut to their middle square and scaled. Without it all must have one size. */
  readonly side?: number
  /**
   * Where the picture of a path belongs; default: its folder is the class, the folder above that the part, and `all` is
   * the part where there is no folder above.
   */
  readonly place?: (path: string) => PicturePlace
  readonly image?: ImageLimits
  readonly archive?: ArchiveLimits
  /** Largest size of all decoded pixels, in bytes; default 4 GiB. */
  readonly pixelBytes?: number
  onProgress?(pictures: number): void
}

/** Pictures in class folders, decoded. */
export interface ImageFolders {
  readonly classes: readonly string[]
  /** By name, such as `train` and `test`; in each, pictures are sorted by class and then by path. */
  readonly parts: ReadonlyMap<string, ImageSplit>
}

const endings = /\.(png|jpe?g)$/i

/**
 * Reads a zip, tar or tar.gz of PNG and JPEG pictures in class folders.
 *
 * @param source the archive: on disk, dropped on a page, or in memory
 * @throws FileFormatError when the archive or a picture is damaged, exceeds a cap or leads out of its folder
 * @throws DatasetError when there are no pictures, unknown classes, or pictures of different sizes
 */
export const readImageArchive = (source: ArchiveBytes, options: ImageFolderOptions = {}): Promise<ImageFolders> =>
  readImageFolders(archiveEntries(source, options.archive), source.name, options)

/**
 * Reads PNG and JPEG pictures in class folders, from wherever entries come: an archive, a folder on disk
 * (`folderEntries`), files chosen in a page (`fileEntries`). Files with other endings are left out, and so are hidden ones
 * and what macOS adds to archives.
 *
 * @param name the archive or folder, for messages
 * @throws as `readImageArchive`
 */
export async function readImageFolders(
  entries: AsyncIterable<ArchiveEntry> | Iterable<ArchiveEntry>,
  name: string,
  options: ImageFolderOptions = {},
): Promise<ImageFolders> {
  const { place = placeByFolders, pixelBytes = 2 ** 32, side } = options
  const decode = await imageDecoder(options.image)
  const pictures: Picture[] = []
  let held = 0
  for await (const entry of entries) {
    const where = isPicture(entry.path) ? place(entry.path) : null
    if (where === null) continue
    const decoded = decode(await entry.bytes(), `${name}: ${entry.path}`)
    const image = side === undefined ? decoded : squareImage(decoded, side)
    const first = pictures[0]
    if (first && (first.image.width !== image.width || first.image.height !== image.height)) {
      throw unequalSizes(name, first, { path: entry.path, image })
    }
    held += image.pixels.length
    if (held > pixelBytes) {
      throw new FileFormatError(
        name,
        `its pictures may have ${pixelBytes} bytes of pixels in all.`,
        'Scale them down with "side", or raise "pixelBytes".',
      )
    }
    pictures.push({ path: entry.path, ...where, image })
    options.onProgress?.(pictures.length)
  }
  if (pictures.length === 0) {
    throw new DatasetError(name, 'must hold PNG or JPEG pictures in class folders; it holds none.', 'Check the layout.')
  }
  return assemble(pictures, name, options)
}

/** Files chosen or dropped in a page, with the paths below the chosen folder. @throws FileFormatError as archives */
export function* fileEntries(
  files: Iterable<File>,
  limits: ArchiveLimits = {},
): Generator<ArchiveEntry, void, undefined> {
  const guard = new ArchiveGuard('chosen files', limits)
  for (const file of files) {
    guard.count()
    const path = guard.path(file.webkitRelativePath || file.name)
    guard.admit(path, file.size)
    yield { path, size: file.size, bytes: async () => new Uint8Array(await file.arrayBuffer()) }
  }
}

interface Picture {
  readonly path: string
  readonly part: string
  readonly label: string
  readonly image: DecodedImage
}

const isPicture = (path: string): boolean =>
  endings.test(path) && !path.split('/').some((folder) => folder.startsWith('.') || folder === '__MACOSX')

function placeByFolders(path: string): PicturePlace {
  const folders = path.split('/').slice(0, -1)
  const label = folders.at(-1)
  return label === undefined ? null : { label, part: folders.at(-2) ?? 'all' }
}

function assemble(pictures: readonly Picture[], name: string, options: ImageFolderOptions): ImageFolders {
  const classes = options.classes ?? [...new Set(pictures.map(({ label }) => label))].sort()
  const labels = new Map(classes.map((label, i) => [label, i]))
  const unknown = pictures.find(({ label }) => !labels.has(label))
  if (unknown) {
    throw new DatasetError(
      `${name}: ${unknown.path}`,
      `its folder "${unknown.label}" must be one of the classes ${classes.slice(0, 12).join(', ')}.`,
      'Name all classes, or leave such pictures out with "place".',
    )
  }
  const channels = options.channels ?? (pictures.some(({ image }) => image.channels === 3) ? 3 : 1)
  const byPart = new Map<string, Picture[]>()
  for (const picture of pictures) {
    const part = byPart.get(picture.part)
    if (part) part.push(picture)
    else byPart.set(picture.part, [picture])
  }
  const parts = [...byPart].sort(([a], [b]) => (a < b ? -1 : 1))
  return { classes, parts: new Map(parts.map(([part, members]) => [part, splitOf(members, labels, channels)])) }
}

function splitOf(pictures: Picture[], classes: ReadonlyMap<string, number>, channels: 1 | 3): ImageSplit {
  const labelOf = (picture: Picture) => classes.get(picture.label) as number
  pictures.sort((a, b) => labelOf(a) - labelOf(b) || (a.path < b.path ? -1 : 1))
  const { width, height } = (pictures[0] as Picture).image
  const size = width * height * channels
  const pixels = new Uint8Array(pictures.length * size)
  pictures.forEach(({ image }, i) => {
    pixels.set(withChannels(image, channels), i * size)
  })
  const labels = labelArray(classes.size, pictures.map(labelOf))
  return { kind: 'image', count: pictures.length, height, width, channels, pixels, labels }
}

/** Grey to colour by repeating, colour to grey by ITU-R BT.601 luma, as picture libraries do. */
function withChannels({ pixels, channels }: DecodedImage, wanted: 1 | 3): Uint8Array {
  if (channels === wanted) return pixels
  const count = pixels.length / channels
  const converted = new Uint8Array(count * wanted)
  for (let i = 0; i < count; i++) {
    if (wanted === 3) converted.fill(pixels[i] as number, 3 * i, 3 * i + 3)
    else {
      const [red, green, blue] = [pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]] as [number, number, number]
      converted[i] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue)
    }
  }
  return converted
}

function unequalSizes(
  name: string,
  a: Pick<Picture, 'path' | 'image'>,
  b: Pick<Picture, 'path' | 'image'>,
): DatasetError {
  const size = ({ path, image }: Pick<Picture, 'path' | 'image'>) => `${path} is ${image.width} x ${image.height}`
  return new DatasetError(name, `all pictures must have one size; ${size(a)}, ${size(b)}.`, 'Scale them with "side".')
}
