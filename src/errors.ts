/**
 * Errors a user can cause. Each says what must hold, what was found and what to do;
 * the command line prints the message alone, never a stack trace.
 */
export type ErrorCode =
  | 'E_ADAPTER'
  | 'E_DEVICE_LOST'
  | 'E_LIMIT'
  | 'E_SHAPE'
  | 'E_SHADER'
  | 'E_OPTION'
  | 'E_CONFIG'
  | 'E_DATASET'
  | 'E_FILE_FORMAT'
  | 'E_DOWNLOAD'
  | 'E_DISK'
  | 'E_GENOME'
  | 'E_CHECKPOINT'
  | 'E_LEDGER'
  | 'E_NUMERIC'
  | 'E_MISSING_DEPENDENCY'
  | 'E_INTERRUPTED'

export class NeuromotifError extends Error {
  readonly code: ErrorCode

  /**
   * @param code  stable identifier, also what `--json` prints
   * @param where the thing that complains: an op, a file, an option
   * @param what  what must hold and what was found instead
   * @param advice what the reader can do about it
   */
  constructor(code: ErrorCode, where: string, what: string, advice: string, options?: { cause?: unknown }) {
    super(`${code} ${where}: ${what} ${advice}`.trim(), options)
    this.name = new.target.name
    this.code = code
  }
}

const errorClass = <C extends ErrorCode>(code: C) =>
  class extends NeuromotifError {
    constructor(where: string, what: string, advice = '', options?: { cause?: unknown }) {
      super(code, where, what, advice, options)
    }
  }

/** No usable GPU adapter or driver. */
export class AdapterError extends errorClass('E_ADAPTER') {}
/** The GPU device was lost or destroyed while in use. */
export class DeviceLostError extends errorClass('E_DEVICE_LOST') {}
/** A device limit or the memory budget is too small for what was asked. */
export class LimitError extends errorClass('E_LIMIT') {}
/** Tensor shapes do not fit together. */
export class ShapeError extends errorClass('E_SHAPE') {}
/** A shader does not compile or disagrees with its declaration. */
export class ShaderError extends errorClass('E_SHADER') {}
/** An option is out of range or contradicts another. */
export class OptionError extends errorClass('E_OPTION') {}
/** A configuration file does not fit its schema. */
export class ConfigError extends errorClass('E_CONFIG') {}
/** An unknown or unusable data set. */
export class DatasetError extends errorClass('E_DATASET') {}
/** A file's bytes are not what its format demands. */
export class FileFormatError extends errorClass('E_FILE_FORMAT') {}
/** A download failed or its bytes have the wrong checksum. */
export class DownloadError extends errorClass('E_DOWNLOAD') {}
/** Reading or writing the disk failed (full, missing, no permission). */
export class DiskError extends errorClass('E_DISK') {}
/** A genome that is malformed or cannot be built. */
export class GenomeError extends errorClass('E_GENOME') {}
/** A checkpoint that is damaged or belongs to another architecture. */
export class CheckpointError extends errorClass('E_CHECKPOINT') {}
/** The search ledger is locked, damaged or belongs to another search. */
export class LedgerError extends errorClass('E_LEDGER') {}
/** A non-finite number where a finite one is needed. */
export class NumericError extends errorClass('E_NUMERIC') {}
/** An optional package is needed and not installed. */
export class MissingDependencyError extends errorClass('E_MISSING_DEPENDENCY') {}
/** The work was interrupted by the user; its state is saved. */
export class InterruptedError extends errorClass('E_INTERRUPTED') {}

const classes: Readonly<Record<ErrorCode, new (where: string, what: string) => NeuromotifError>> = {
  E_ADAPTER: AdapterError,
  E_DEVICE_LOST: DeviceLostError,
  E_LIMIT: LimitError,
  E_SHAPE: ShapeError,
  E_SHADER: ShaderError,
  E_OPTION: OptionError,
  E_CONFIG: ConfigError,
  E_DATASET: DatasetError,
  E_FILE_FORMAT: FileFormatError,
  E_DOWNLOAD: DownloadError,
  E_DISK: DiskError,
  E_GENOME: GenomeError,
  E_CHECKPOINT: CheckpointError,
  E_LEDGER: LedgerError,
  E_NUMERIC: NumericError,
  E_MISSING_DEPENDENCY: MissingDependencyError,
  E_INTERRUPTED: InterruptedError,
}

/** The error that another thread threw, from what can be sent of it: code and message. */
export function errorFrom(code: ErrorCode, message: string): NeuromotifError {
  const error = new classes[code]('', '')
  error.message = message
  return error
}
