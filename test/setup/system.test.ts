import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backportsSource, mirrorOf } from '../../scripts/setup/apt.mjs'
import { driverKind, parseOsRelease } from '../../scripts/setup/system.mjs'
import { atLeast, minimumNode, nodeVersionProblem, parseVersion } from '../../scripts/setup/version.mjs'

describe('the Node version', () => {
  it('is read from what Node and nightly builds print', () => {
    expect(parseVersion('v20.19.1')).toEqual([20, 19, 1])
    expect(parseVersion('25.0.0-nightly20260101')).toEqual([25, 0, 0])
    expect(parseVersion('twenty')).toBeNull()
  })

  it('is refused below the minimum with the minimum, the version found and what to do', () => {
    expect(nodeVersionProblem('20.19.0')).toBeNull()
    expect(nodeVersionProblem('22.0.0')).toBeNull()
    for (const old of ['18.20.8', '20.18.3', 'unknown']) {
      expect(nodeVersionProblem(old)).toContain(minimumNode.join('.'))
      expect(nodeVersionProblem(old)).toContain(old)
      expect(nodeVersionProblem(old)).toMatch(/install/i)
    }
  })

  it('compares as a total order', () => {
    const version = fc.tuple(fc.nat(30), fc.nat(30), fc.nat(30)) as fc.Arbitrary<[number, number, number]>
    fc.assert(
      fc.property(version, version, (a, b) => {
        const weight = (v: [number, number, number]) => v[0] * 10_000 + v[1] * 100 + v[2]
        expect(atLeast(a, b)).toBe(weight(a) >= weight(b))
      }),
    )
  })
})

describe('the system', () => {
  const releases = {
    debian12: 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nID=debian\n',
    debian13: 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nVERSION_ID="13"\nVERSION_CODENAME=trixie\nID=debian\n',
    ubuntu22: 'NAME="Ubuntu"\nVERSION_ID="22.04"\nVERSION_CODENAME=jammy\nID=ubuntu\nID_LIKE=debian\n',
    ubuntu24: "NAME='Ubuntu'\nVERSION_ID='24.04'\nVERSION_CODENAME=noble\nID=ubuntu\nID_LIKE=debian\n",
    mint: 'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_ID="22"\nVERSION_CODENAME=wilma\nUBUNTU_CODENAME=noble\n',
    fedora: 'NAME="Fedora Linux"\nVERSION_ID=43\nID=fedora\n',
  }

  it('is recognised by its os-release text', () => {
    expect(parseOsRelease(releases.debian12)).toMatchObject({ id: 'debian', codename: 'bookworm', version: '12' })
    expect(parseOsRelease(releases.debian13)).toMatchObject({ id: 'debian', codename: 'trixie', like: [] })
    expect(parseOsRelease(releases.ubuntu22)).toMatchObject({ id: 'ubuntu', codename: 'jammy', like: ['debian'] })
    expect(parseOsRelease(releases.ubuntu24)).toMatchObject({ id: 'ubuntu', codename: 'noble', version: '24.04' })
    expect(parseOsRelease(releases.mint)).toMatchObject({ codename: 'noble', like: ['ubuntu', 'debian'] })
    expect(parseOsRelease(releases.fedora)).toMatchObject({ id: 'fedora', codename: '', name: 'Fedora Linux' })
  })

  it('is "unknown" for any other text, never an exception', () => {
    expect(parseOsRelease('')).toMatchObject({ id: 'unknown', codename: '', name: 'an unknown system' })
    fc.assert(fc.property(fc.string(), (text) => typeof parseOsRelease(text).id === 'string'))
  })

  it('tells drivers apart by their manifest', () => {
    expect(driverKind('/etc/vulkan/icd.d/nvidia_icd.json')).toBe('nvidia')
    expect(driverKind('/usr/share/vulkan/icd.d/radeon_icd.x86_64.json')).toBe('radeon')
    expect(driverKind('intel_hasvk_icd.json')).toBe('intel')
    expect(driverKind('lvp_icd.json')).toBe('software')
    expect(driverKind('virtio_icd.json')).toBe('other')
  })
})

describe('the backports source', () => {
  const targets =
    'nodistro https://example.org/node\nbookworm http://mirror.local/debian/\nbookworm http://other/debian/\n'

  it('is on the mirror that the release comes from', () => {
    expect(mirrorOf(targets, 'bookworm')).toBe('http://mirror.local/debian/')
    expect(mirrorOf(targets, 'bookworm-backports')).toBeUndefined()
    expect(mirrorOf('', 'bookworm')).toBeUndefined()
  })

  it('names mirror, suite and key', () => {
    const text = backportsSource('http://mirror.local/debian/', 'bookworm-backports')
    expect(text).toContain('URIs: http://mirror.local/debian/\n')
    expect(text).toContain('Suites: bookworm-backports\n')
    expect(text).toContain('Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg')
  })
})
