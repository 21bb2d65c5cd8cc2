import { type ImageFolderOptions, type ImageFolders, readImageArchive, readImageFolders } from './image-folders.js'

/**
 * Pictures in class folders by their path, in Node: a folder on disk, or a zip, tar or tar.gz of one. In a page give
 * `blobSource(file)` to `readImageArchive`, or `fileEntries(files)` to `readImageFolders`.
 *
 * @throws DiskError when the path cannot be read
 * @throws FileFormatError, DatasetError as `readImageArchive`
 */
export async function loadImageFolders(path: string, options: ImageFolderOptions = {}): Promise<ImageFolders> {
  // loaded on use, so that a page can import this file
  const { folderEntries, isFolder } = await import('../../host/node/folder-entries.js')
  if (await isFolder(path)) return readImageFolders(folderEntries(path, options.archive), path, options)
  const { fileSource } = await import('../../host/node/file-source.js')
  const source = await fileSource(path)
  try {
    return await readImageArchive(source, options)
  } finally {
    await source.close()
  }
}
