/** Sets of a user's own: a folder under a name, with what it takes to read it. */
import { z } from 'zod'
import { ConfigError, OptionError } from '../../errors.js'
import { annotatedRecordings } from '../samples/layouts/annotated-recordings.js'
import { classFolders } from '../samples/layouts/class-folders.js'
import { classRecordings } from '../samples/layouts/class-recordings.js'
import { listFiles } from '../samples/layouts/list-files.js'
import type { Layout } from '../samples/sample-file.js'
import { catalogue } from './catalogue.js'
import type { CatalogueEntry } from './entry.js'

/** What is remembered of a set. */
export const userSetSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,59}$/, 'expected small letters, digits, ".", "_" and "-"'),
  /** Absolute path of a folder or an archive. */
  folder: z.string().min(1),
  title: z.string().min(1).max(200),
  kind: z.enum(['image', 'event']),
  classes: z.array(z.string()).min(1),
  /** Of the sensor or the pictures, pixels. */
  width: z.int().min(1).max(65536),
  height: z.int().min(1).max(65536),
  channels: z.int().min(1).max(4),
  frames: z.int().min(1).max(4096),
  /** Milliseconds. */
  window: z.number().positive().nullable(),
  side: z.int().min(1).max(4096).nullable(),
})
export type UserSet = z.output<typeof userSetSchema>

const fileSchema = z.strictObject({ version: z.literal(1), sets: z.array(userSetSchema) })

/** Ways in which a folder of a user's may be laid out. */
export const userLayouts: readonly Layout[] = [
  listFiles,
  annotatedRecordings(),
  classRecordings,
  classFolders({ kind: 'image' }),
  classFolders({ kind: 'event' }),
]

/** The name under which any folder can be read with `--from`, without adding it. */
export const folderSetName = 'folder'

/** The entry of a set that was added. */
export const userEntry = (set: UserSet): CatalogueEntry => ({
  ...folderEntry,
  name: set.name,
  title: set.title,
  kind: set.kind,
  classes: set.classes,
  classCount: set.classes.length,
  width: set.width,
  height: set.height,
  channels: set.channels,
  ownFolder: set.folder,
  tree: {
    layouts: userLayouts,
    sensor: null,
    frames: set.frames,
    window: set.window,
    side: set.side,
  },
})

/** Any folder: what is in it shows when it is read. */
export const folderEntry: CatalogueEntry = {
  name: folderSetName,
  title: 'Any folder of pictures or recordings (--from)',
  kind: 'event',
  classes: null,
  classCount: 0,
  height: 0,
  width: 0,
  channels: 0,
  trainCount: null,
  testCount: null,
  split: 'as its folders or lists have it, else a fifth of each class drawn with a fixed seed',
  licence: "the owner's",
  citation: '',
  homepage: '',
  validation: 0.1,
  augmentation: 'crop:2',
  files: [],
  packagedFolder: null,
  sources: null,
  read: null,
  tree: { layouts: userLayouts, sensor: null, frames: 8, window: null, side: null },
}

/**
 * A name that a set may be given.
 * @throws OptionError on one that is taken or has other characters
 */
export function checkSetName(name: string): void {
  if (name === folderSetName || catalogue.some((entry) => entry.name === name))
    throw new OptionError('name', `"${name}" is the name of another data set.`, 'Choose another.')
  const result = userSetSchema.shape.name.safeParse(name)
  if (!result.success)
    throw new OptionError('name', `"${name.slice(0, 60)}" cannot be a name: ${result.error.issues[0]?.message}.`)
}

/**
 * The sets in the file that remembers them.
 * @throws ConfigError when it is not what was written
 */
export function parseUserSets(text: string, where: string): readonly UserSet[] {
  let stored: unknown
  try {
    stored = JSON.parse(text)
  } catch (cause) {
    throw new ConfigError(
      where,
      'must be JSON and cannot be parsed.',
      'Correct it, or delete it and add the sets again.',
      {
        cause,
      },
    )
  }
  const result = fileSchema.safeParse(stored)
  if (result.success) return result.data.sets
  const [issue] = result.error.issues
  throw new ConfigError(
    where,
    `must list data sets; ${issue?.path.join('.') || 'the whole'}: ${issue?.message}.`,
    'Correct it, or delete it and add the sets again.',
  )
}

export const formatUserSets = (sets: readonly UserSet[]): string => `${JSON.stringify({ version: 1, sets }, null, 2)}\n`
