import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { root } from './paths.mjs'

/** The fields of an /etc/os-release text that the set-up looks at. */
export function parseOsRelease(text) {
  const values = {}
  for (const line of text.split('\n')) {
    const match = /^([A-Z_]+)=(.*)$/.exec(line.trim())
    if (match) values[match[1]] = match[2].replace(/^(["'])(.*)\1$/, '$2')
  }
  return {
    id: values.ID ?? 'unknown',
    like: (values.ID_LIKE ?? '').split(/\s+/).filter(Boolean),
    version: values.VERSION_ID ?? '',
    codename: values.UBUNTU_CODENAME ?? values.VERSION_CODENAME ?? '',
    name: values.PRETTY_NAME ?? values.NAME ?? 'an unknown system',
  }
}

/** Which maker's driver a Vulkan manifest (`*_icd.json`) belongs to. */
export function driverKind(file) {
  const name = file.toLowerCase()
  if (name.includes('nvidia')) return 'nvidia'
  if (name.includes('radeon') || name.includes('amd')) return 'radeon'
  if (name.includes('intel')) return 'intel'
  if (name.includes('lvp') || name.includes('lavapipe') || name.includes('swiftshader')) return 'software'
  return 'other'
}

const multiarch = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }

const loaderFolders = () => [
  ...(process.env.LD_LIBRARY_PATH ?? '').split(':').filter(Boolean),
  `/usr/lib/${multiarch[process.arch] ?? ''}`,
  `/lib/${multiarch[process.arch] ?? ''}`,
  '/usr/lib64',
  '/lib64',
  '/usr/local/lib',
  '/usr/lib',
  '/lib',
]

const manifestFolders = () => [
  '/usr/share/vulkan/icd.d',
  '/usr/local/share/vulkan/icd.d',
  '/etc/vulkan/icd.d',
  join(homedir(), '.local/share/vulkan/icd.d'),
]

/** The assumptions of NEUROMOTIF_SETUP_ASSUME; see scripts/setup.mjs. */
export const assumptions = () => new Set((process.env.NEUROMOTIF_SETUP_ASSUME ?? '').split(',').filter(Boolean))

/** Manifests of Vulkan drivers that the loader would find by itself, sorted. */
export function findManifests() {
  if (assumptions().has('no-driver')) return []
  const named = (process.env.VK_DRIVER_FILES ?? process.env.VK_ICD_FILENAMES ?? '').split(':').filter(Boolean)
  const found = manifestFolders().flatMap((folder) =>
    existsSync(folder) ? readdirSync(folder).map((file) => join(folder, file)) : [],
  )
  return [...named, ...found].filter((file) => file.endsWith('.json') && existsSync(file)).sort()
}

/** The system's Vulkan loader library; null when there is none. */
export function findLoader() {
  if (assumptions().has('no-driver')) return null
  return (
    loaderFolders()
      .map((folder) => join(folder, 'libvulkan.so.1'))
      .find((file) => existsSync(file)) ?? null
  )
}

const onPath = (program) =>
  (process.env.PATH ?? '').split(':').some((folder) => folder !== '' && existsSync(join(folder, program)))

/**
 * What the choice of a plan depends on.
 * @param adapter name of the adapter that came up, or null
 */
export function gatherFacts(adapter) {
  const assume = assumptions()
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  const inCi = Boolean(process.env.CI) && process.env.CI !== 'false'
  return {
    platform: process.platform,
    arch: process.arch,
    // musl has no report entry for glibc; dawn.node and every driver named here are built for glibc
    glibc: Boolean(process.report?.getReport()?.header?.glibcVersionRuntime),
    system: parseOsRelease(release),
    root: process.getuid?.() === 0 && !assume.has('not-root'),
    interactive: Boolean(process.stdin.isTTY && process.stdout.isTTY) && !inCi,
    apt: onPath('apt-get') && onPath('dpkg-deb') && !assume.has('no-apt'),
    loader: findLoader() !== null,
    drivers: [...new Set(findManifests().map(driverKind))],
    adapter,
  }
}

/** A short name of the machine's driver state: as long as it stays, an adapter that came up once comes up again. */
export function driverFingerprint() {
  const dated = (file) => `${file} ${statSync(file).mtimeMs}`
  const loader = findLoader()
  const dawn = join(root, 'node_modules/webgpu/package.json')
  const facts = [
    process.platform,
    process.arch,
    loader === null ? 'no loader' : dated(loader),
    ...findManifests().map(dated),
    existsSync(dawn) ? JSON.parse(readFileSync(dawn, 'utf8')).version : 'no webgpu',
    process.env.VK_DRIVER_FILES ?? process.env.VK_ICD_FILENAMES ?? '',
  ]
  return createHash('sha256').update(facts.join('\n')).digest('hex').slice(0, 16)
}
