import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { runNpm, SetupError } from './command.mjs'
import { cacheFolder, root } from './paths.mjs'
import { readTar, unpackTar } from './tar.mjs'

/** The npm package that carries Chromium's software Vulkan driver with a loader, and the checksum of that part. */
const carrier = '@sparticuz/chromium@147.0.2'
const member = 'package/bin/swiftshader.tar.br'
const sha256 = 'c89023060ed60c960fc528fb08e24aa515f7a3235e6f0e80ba7ee21165a4ea3a'

/**
 * Unpacks SwiftShader for Linux on x86-64 in the cache folder; needs npm and no rights. Several times slower than
 * Mesa's software driver.
 * @throws SetupError when the download fails or holds other bytes than expected
 */
export function unpackSwiftShader() {
  const home = join(cacheFolder(), 'driver')
  const download = join(home, `npm-${process.pid}`)
  const fresh = join(home, `swiftshader-${process.pid}`)
  const folder = join(home, 'swiftshader')
  mkdirSync(download, { recursive: true })
  try {
    runNpm(['pack', carrier, '--pack-destination', download, '--silent'], { quiet: true, cwd: root })
    const archive = readdirSync(download).find((name) => name.endsWith('.tgz'))
    if (!archive) throw new SetupError(`npm pack ${carrier} wrote no archive.`)
    const packed = readTar(gunzipSync(readFileSync(join(download, archive)))).find(({ name }) => name === member)
    if (!packed) throw new SetupError(`${carrier} holds no ${member}.`)
    const found = createHash('sha256').update(packed.data).digest('hex')
    if (found !== sha256) throw new SetupError(`${member} of ${carrier} must have sha256 ${sha256}; it has ${found}.`)
    const wanted = ['libvk_swiftshader.so', 'libvulkan.so.1']
    const files = readTar(brotliDecompressSync(packed.data)).filter(({ name }) => wanted.includes(name))
    if (files.length !== wanted.length) throw new SetupError(`${member} must hold ${wanted.join(' and ')}.`)
    unpackTar(files, fresh)
    rmSync(folder, { recursive: true, force: true })
    renameSync(fresh, folder)
  } finally {
    rmSync(download, { recursive: true, force: true })
    rmSync(fresh, { recursive: true, force: true })
  }
  const manifest = join(folder, 'vk_swiftshader_icd.json')
  const driver = { library_path: join(folder, 'libvk_swiftshader.so'), api_version: '1.1.0' }
  writeFileSync(manifest, `${JSON.stringify({ file_format_version: '1.0.0', ICD: driver }, null, 2)}\n`)
  return { variables: { VK_DRIVER_FILES: manifest }, loader: join(folder, 'libvulkan.so.1'), libraryPath: [folder] }
}
