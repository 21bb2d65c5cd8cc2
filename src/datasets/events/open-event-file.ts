/** Opening a recording by its path, in Node. */
import type { EventReader } from './event-reader.js'
import { type OpenEventsOptions, openEvents } from './formats/index.js'

/** A recording on disk; to be closed, which walking its chunks to the end or leaving them does as well. */
export interface EventFile extends EventReader {
  close(): Promise<void>
}

/**
 * Opens a recording on disk, in Node; in a page give `blobSource(file)` to `openEvents`.
 *
 * @throws DiskError when the file cannot be read
 * @throws OptionError, FileFormatError as `openEvents`
 */
export async function openEventFile(path: string, options: OpenEventsOptions = {}): Promise<EventFile> {
  // loaded on use, so that a page can import this file
  const { fileSource } = await import('../../host/node/file-source.js')
  const source = await fileSource(path)
  let open = true
  const close = async () => {
    if (open) await source.close()
    open = false
  }
  try {
    const reader = await openEvents(source, options)
    const { format, width, height, metadata } = reader
    return {
      format,
      width,
      height,
      metadata,
      get warnings() {
        return reader.warnings
      },
      async *chunks() {
        try {
          yield* reader.chunks()
        } finally {
          await close()
        }
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
