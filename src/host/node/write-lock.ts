import { open, readFile, rm } from 'node:fs/promises'
import { onDisk } from './disk.js'

export interface WriteLock {
  release(): Promise<void>
}

/**
 * Takes a lock file that holds the owner's process number. A lock whose owner is gone is taken over.
 * @returns null while another living process, or this one, holds it
 * @throws DiskError when the folder may not be written
 */
export async function takeLock(path: string): Promise<WriteLock | null> {
  for (let attempt = 0; attempt < 2; attempt++) {
    const created = await onDisk(path, 'write', () =>
      open(path, 'wx').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return null
        throw error
      }),
    )
    if (created) {
      await onDisk(path, 'write', async () => {
        await created.writeFile(String(process.pid))
        await created.close()
      })
      return { release: () => rm(path, { force: true }) }
    }
    const owner = Number(await readFile(path, 'utf8').catch(() => ''))
    // an empty lock is one whose owner is just about to write its number
    if (!(owner > 0) || isAlive(owner)) return null
    await rm(path, { force: true })
  }
  return null
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    // EPERM: it lives, but belongs to somebody else
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
