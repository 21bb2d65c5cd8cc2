export interface Driver {
  variables: Record<string, string>
  loader: string | null
  libraryPath: string[]
  libraryPathNeeded?: boolean
}
export function withDriver(driver: Driver, env?: Record<string, string | undefined>): Record<string, string | undefined>
export function ensureDriver(): Promise<boolean>
