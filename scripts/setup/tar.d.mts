export interface TarFile {
  name: string
  mode: number
  data: Uint8Array
}
export function readTar(archive: Uint8Array): TarFile[]
export function unpackTar(files: readonly TarFile[], folder: string): void
