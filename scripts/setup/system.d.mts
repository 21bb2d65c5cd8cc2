export interface SystemRelease {
  id: string
  like: string[]
  version: string
  codename: string
  name: string
}
export function parseOsRelease(text: string): SystemRelease
export function driverKind(file: string): 'nvidia' | 'radeon' | 'intel' | 'software' | 'other'
