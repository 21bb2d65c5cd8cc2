export function sourceChecksum(folder: string): string
export function ensureBuild(folder: string, build?: (cwd: string) => void): boolean
