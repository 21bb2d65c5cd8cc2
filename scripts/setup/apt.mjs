import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { runCommand, SetupError } from './command.mjs'
import { cacheFolder } from './paths.mjs'
import { driverKind, findManifests } from './system.mjs'

const options = (settings) => Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])

/** A deb822 source for a suite beside the release's own, on the same mirror. */
export function backportsSource(mirror, suite) {
  return [
    'Types: deb',
    `URIs: ${mirror}`,
    `Suites: ${suite}`,
    'Components: main',
    'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg',
    '',
  ].join('\n')
}

/** The mirror the release's own packages come from, out of lines "codename uri" of `apt-get indextargets`. */
export function mirrorOf(targets, codename) {
  return targets
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find(([name, uri]) => name === codename && uri)?.[1]
}

/**
 * Adds the plan's suite when apt does not know it yet, updates the lists and runs `apt-get install`.
 * @param sources folder for the added source; @param settings apt settings for all calls; @param flags of the install
 */
function install(plan, codename, sources, settings, flags) {
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (args) => runCommand('apt-get', [...options(settings), ...args], { quiet: true, env })
  let stale = ''
  const update = () => {
    try {
      apt(['update', '-q'])
    } catch (error) {
      // one unreachable source of many does not matter; when it does, the install below fails too
      stale = `\nThe package lists could not be brought up to date: ${error.message}`
    }
  }
  update()
  if (plan.suite) {
    const listed = apt(['indextargets', '--format', '$(CODENAME) $(REPO_URI)', 'Created-By: Packages'])
    if (!mirrorOf(listed, plan.suite)) {
      const mirror = mirrorOf(listed, codename)
      if (!mirror) throw new SetupError(`apt lists no source for ${codename}, so none for ${plan.suite}.${stale}`)
      writeFileSync(join(sources, `${plan.suite}.sources`), backportsSource(mirror, plan.suite))
      update()
    }
  }
  try {
    const target = plan.suite ? ['-t', plan.suite] : []
    apt(['install', '-q', '-y', '--no-install-recommends', ...flags, ...target, ...plan.packages])
  } catch (error) {
    throw new SetupError(error.message + stale)
  }
}

/** Installs the plan's packages on the system; needs to be root. */
export function installPackages(plan, system) {
  install(plan, system.codename, '/etc/apt/sources.list.d', {}, [])
  return { variables: {}, loader: null, libraryPath: [] }
}

/** Packages that every system has and that must match its own dynamic linker: never brought along. */
const kept = /^Package: (libc6|libgcc-s1|gcc-\d+-base|libstdc\+\+6|libcrypt1)$/m

/**
 * Unpacks the plan's packages and all they need in the cache folder; needs no rights.
 *
 * apt gets its own lists, cache and a status that knows only the C library, so that it resolves, checks and downloads
 * everything else, whatever the system holds. Then patchelf, a package like the others, writes the folders into the
 * libraries; where it is not to be had, LD_LIBRARY_PATH does the same.
 */
export function unpackPackages(plan, system) {
  const home = join(cacheFolder(), 'driver')
  const state = join(home, `apt-${process.pid}`)
  const fresh = join(home, `packages-${process.pid}`)
  const folder = join(home, 'packages')
  try {
    for (const part of ['lists/partial', 'cache/archives/partial', 'sources']) {
      mkdirSync(join(state, part), { recursive: true })
    }
    const sources = '/etc/apt/sources.list.d'
    for (const file of existsSync(sources) ? readdirSync(sources) : []) {
      copyFileSync(join(sources, file), join(state, 'sources', file))
    }
    const status = existsSync('/var/lib/dpkg/status') ? readFileSync('/var/lib/dpkg/status', 'utf8') : ''
    const stanzas = status.split(/\n\n+/).filter((stanza) => kept.test(stanza))
    writeFileSync(join(state, 'status'), `${stanzas.join('\n\n')}\n\n`)
    const settings = {
      'Dir::State': state,
      'Dir::State::lists': join(state, 'lists'),
      'Dir::State::status': join(state, 'status'),
      'Dir::Cache': join(state, 'cache'),
      'Dir::Etc::sourceparts': join(state, 'sources'),
      'Dir::Log': state,
      'Debug::NoLocking': '1',
      'APT::Sandbox::User': '',
    }
    const withPatchelf = { ...plan, packages: [...plan.packages, 'patchelf'] }
    try {
      install(withPatchelf, system.codename, join(state, 'sources'), settings, ['--download-only'])
    } catch {
      install(plan, system.codename, join(state, 'sources'), settings, ['--download-only'])
    }
    const archives = join(state, 'cache/archives')
    for (const file of readdirSync(archives).filter((name) => name.endsWith('.deb'))) {
      runCommand('dpkg-deb', ['-x', join(archives, file), fresh], { quiet: true })
    }
    rmSync(folder, { recursive: true, force: true })
    renameSync(fresh, folder)
  } finally {
    rmSync(state, { recursive: true, force: true })
    rmSync(fresh, { recursive: true, force: true })
  }
  return pointToUnpacked(folder)
}

/** Folders of an unpacked tree that hold shared libraries. */
const libraryFolders = (folder) =>
  ['usr/lib', 'lib'].flatMap((part) => {
    const base = join(folder, part)
    if (!existsSync(base)) return []
    return readdirSync(base, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name.endsWith('-linux-gnu'))
      .map((entry) => join(base, entry.name))
  })

/**
 * Writes the folders into every library as its DT_RPATH. Into all of them: one with a DT_RUNPATH of its own, as LLVM's,
 * would not look where the driver that loads it looks.
 */
function writeRunPath(folder, libraryPath) {
  const patchelf = join(folder, 'usr/bin/patchelf')
  if (!existsSync(patchelf)) return
  const libraries = libraryPath.flatMap((path) =>
    readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.so(\.|$)/.test(entry.name))
      .map((entry) => join(path, entry.name)),
  )
  const joined = libraryPath.join(':')
  const env = { LD_LIBRARY_PATH: joined }
  runCommand(patchelf, ['--force-rpath', '--set-rpath', joined, ...libraries], { quiet: true, env })
}

function pointToUnpacked(folder) {
  const libraryPath = libraryFolders(folder)
  const inFolders = (name) => libraryPath.map((path) => join(path, name)).find((file) => existsSync(file))
  writeRunPath(folder, libraryPath)
  const shipped = join(folder, 'usr/share/vulkan/icd.d')
  const manifests = []
  for (const name of existsSync(shipped) ? readdirSync(shipped) : []) {
    if (!['software', 'intel', 'radeon'].includes(driverKind(name))) continue
    const manifest = JSON.parse(readFileSync(join(shipped, name), 'utf8'))
    const library = inFolders(basename(manifest.ICD.library_path))
    if (!library) continue
    manifest.ICD.library_path = library
    writeFileSync(join(shipped, name), `${JSON.stringify(manifest, null, 2)}\n`)
    manifests.push(join(shipped, name))
  }
  // VK_DRIVER_FILES replaces the loader's own search: name the GPU makers' drivers of the system as well
  const others = findManifests().filter((file) => driverKind(file) !== 'software')
  return {
    variables: manifests.length > 0 ? { VK_DRIVER_FILES: [...manifests, ...others].join(':') } : {},
    loader: inFolders('libvulkan.so.1') ?? null,
    libraryPath,
  }
}
