/** A run's folder: settings, ledger, checkpoints, finished parts, report. Everything is written whole or not at all. */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { CheckpointError, ConfigError, DiskError } from '../../errors.js'
import { readCapped, writeWhole } from './disk.js'
import { openSqliteLedger, type SqliteLedger } from './sqlite-ledger.js'

const checkpointCap = 4 * 2 ** 30

/** Writes text so that a crash leaves the old file or the new one. @throws DiskError */
export function writeTextWhole(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true })
    const temporary = `${path}.${process.pid}.part`
    const handle = openSync(temporary, 'w')
    try {
      writeSync(handle, text)
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    renameSync(temporary, path)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    throw new DiskError(
      path,
      `could not be written: ${code ?? message}.`,
      'Check that the disk has room and the folder may be written.',
      { cause },
    )
  }
}

/** JSON keeps no NaN and no infinity; both become null. */
const toJson = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`

export class RunFolder {
  readonly path: string

  constructor(path: string) {
    this.path = resolve(path)
  }

  file(name: string): string {
    return join(this.path, name)
  }

  /** @throws ConfigError when the file is there and is not JSON */
  readJson(name: string): unknown {
    const path = this.file(name)
    if (!existsSync(path)) return null
    try {
      return JSON.parse(readFileSync(path, 'utf8'))
    } catch (cause) {
      throw new ConfigError(
        path,
        'must be JSON and cannot be parsed.',
        'Delete it, or take the run folder from a backup.',
        { cause },
      )
    }
  }

  writeJson(name: string, value: unknown): void {
    writeTextWhole(this.file(name), toJson(value))
  }

  writeText(name: string, text: string): void {
    writeTextWhole(this.file(name), text)
  }

  loadPart(name: string): unknown {
    return this.readJson(`parts/${name}.json`)
  }

  savePart(name: string, value: unknown): void {
    this.writeJson(`parts/${name}.json`, value)
  }

  async readBytes(name: string): Promise<Uint8Array | null> {
    return existsSync(this.file(name)) ? readCapped(this.file(name), checkpointCap) : null
  }

  async writeBytes(name: string, bytes: Uint8Array): Promise<void> {
    await writeWhole(this.file(name), bytes)
  }

  openLedger(): Promise<SqliteLedger> {
    mkdirSync(this.path, { recursive: true })
    return openSqliteLedger(this.file('ledger.sqlite'))
  }
}

/** Bytes of a checkpoint file. @throws CheckpointError, DiskError */
export async function readCheckpointBytes(path: string): Promise<Uint8Array> {
  if (!existsSync(path))
    throw new CheckpointError(path, 'must be a file and is not there.', 'Give the path of a .safetensors checkpoint.')
  return readCapped(path, checkpointCap)
}
