import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { interrupted } from './download.js'

const run = promisify(execFile)
/** Longest a package tool may take, in milliseconds. */
const toolTimeout = 300_000

/**
 * Fetches a Debian package with apt and unpacks it into a temporary folder, which needs no administrator's rights and
 * installs nothing; apt checks the package's signature chain.
 *
 * @param use    receives the folder that stands for `/`; the folder is gone afterwards
 * @param signal stops the tools
 * @returns what `use` returns, or a reason when the system has no apt or apt has no such package
 * @throws InterruptedError when `signal` stops it, and whatever `use` throws
 */
export async function withDebianPackage<T>(
  name: string,
  use: (root: string) => Promise<T>,
  signal?: AbortSignal,
): Promise<{ readonly value: T } | { readonly reason: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'neuromotif-package-'))
  try {
    const root = join(folder, 'root')
    try {
      const options = {
        cwd: folder,
        timeout: toolTimeout,
        env: { ...process.env, LC_ALL: 'C' },
        ...(signal && { signal }),
      }
      await run('apt-get', ['download', name], options)
      const file = (await readdir(folder)).find((entry) => entry.endsWith('.deb'))
      if (!file) return { reason: `apt-get brought no file for ${name}` }
      await run('dpkg-deb', ['-x', file, root], options)
    } catch (error) {
      if (signal?.aborted) throw interrupted()
      return { reason: toolReason(error as NodeJS.ErrnoException & { stderr?: string; killed?: boolean }) }
    }
    return { value: await use(root) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function toolReason(error: NodeJS.ErrnoException & { stderr?: string; killed?: boolean }): string {
  if (error.code === 'ENOENT') return 'this system has no apt'
  if (error.killed) return `apt-get took longer than ${toolTimeout / 1000} s`
  const line = error.stderr?.split('\n').find((text) => text.startsWith('E:'))
  return (line ?? error.message).slice(0, 200)
}
