import type { SystemRelease } from './system.mjs'

export interface Facts {
  platform: string
  arch: string
  glibc: boolean
  system: SystemRelease
  root: boolean
  interactive: boolean
  apt: boolean
  loader: boolean
  drivers: string[]
  adapter: string | null
}
export interface Plan {
  route: 'none' | 'apt' | 'user-packages' | 'swiftshader' | 'advise'
  packages: string[]
  suite: string | null
  ask: boolean
  reason: string
  advice: string
}
export function installLine(system: SystemRelease): string | null
export function choosePlan(facts: Facts, failed?: readonly string[]): Plan
