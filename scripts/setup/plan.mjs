/** Debian and Ubuntu releases whose Mesa is too old for WebGPU and that have no newer one to offer. */
const tooOld = new Set(['stretch', 'buster', 'bullseye', 'xenial', 'bionic', 'focal'])

/** Names of the loader and of a Vulkan driver elsewhere, for the sentence that asks the user to install them. */
const packagesElsewhere = [
  [['fedora', 'rhel', 'centos'], 'dnf install mesa-vulkan-drivers vulkan-loader'],
  [['arch'], 'pacman -S vulkan-swrast vulkan-icd-loader'],
  [['alpine'], 'apk add mesa-vulkan-swrast vulkan-loader'],
  [['opensuse', 'suse', 'sles'], 'zypper install libvulkan_lvp libvulkan1'],
  [['debian', 'ubuntu'], 'apt-get install mesa-vulkan-drivers libvulkan1'],
]

/** The line a user types as root to get a driver on this system; null on a system that is not known. */
export function installLine(system) {
  const names = [system.id, ...system.like]
  const row = packagesElsewhere.find(([ids]) => ids.some((id) => names.some((name) => name.startsWith(id))))
  if (!row) return null
  return system.codename === 'bookworm' ? row[1].replace('install', 'install -t bookworm-backports') : row[1]
}

const missing = (facts) => {
  if (!facts.loader) return 'the Vulkan loader (libvulkan.so.1) is missing'
  if (facts.drivers.length === 0) return 'no Vulkan driver is installed'
  return `the installed Vulkan drivers (${facts.drivers.join(', ')}) give no adapter; Mesa older than 23 does not do`
}

/** What to do by hand, in one sentence. */
const byHand = (facts) => {
  const line = installLine(facts.system)
  return line
    ? `With administrator's rights: ${line}; on a machine with a GPU, its maker's driver.`
    : `Install the Vulkan loader (libvulkan.so.1) and a Vulkan driver (Mesa 23 or newer, or the GPU maker's) on ${facts.system.name}.`
}

/**
 * How to get an adapter on this machine.
 *
 * @param facts  see `gatherFacts`
 * @param failed routes that were tried and gave no adapter
 * @returns route   `none`: nothing to do; `apt`: install packages; `user-packages`: unpack the same packages in the
 *                  cache folder, which needs no rights; `swiftshader`: the slow driver from npm; `advise`: only say why
 *          packages what the first two install, `suite` where from (null: the release's own)
 *          ask     whether a person is there to be asked first
 *          reason  why, and `advice` what to do by hand
 */
export function choosePlan(facts, failed = []) {
  const plan = (route, more = {}) => ({
    route,
    packages: [],
    suite: null,
    ask: facts.interactive && !['none', 'advise'].includes(route),
    reason: missing(facts),
    advice: byHand(facts),
    ...more,
  })
  if (facts.adapter !== null) return plan('none', { reason: `adapter: ${facts.adapter}`, advice: '' })
  if (facts.platform !== 'linux') {
    return plan('advise', {
      reason: 'the system offers no graphics adapter',
      advice: 'Update the graphics driver: WebGPU needs Metal on macOS, Direct3D 12 on Windows.',
    })
  }
  const packaged = facts.apt && facts.glibc && !tooOld.has(facts.system.codename)
  const route = facts.root ? 'apt' : 'user-packages'
  if (packaged && !failed.includes(route)) {
    // a GPU whose maker's driver is there may lack only the loader
    const onlyLoader = !facts.loader && facts.drivers.includes('nvidia') && !failed.includes('loader')
    return plan(route, {
      packages: onlyLoader ? ['libvulkan1'] : ['mesa-vulkan-drivers', 'libvulkan1'],
      suite: facts.system.codename === 'bookworm' ? 'bookworm-backports' : null,
    })
  }
  if (facts.glibc && facts.arch === 'x64' && !failed.includes('swiftshader')) return plan('swiftshader')
  return plan('advise')
}
