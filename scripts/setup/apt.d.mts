export function backportsSource(mirror: string, suite: string): string
export function mirrorOf(targets: string, codename: string): string | undefined
