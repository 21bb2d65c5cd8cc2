export function ensurePackages(folder: string, install?: (cwd: string) => void): boolean
