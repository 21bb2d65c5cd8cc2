/**
 * What a pickle may build besides Python's plain values. A global is a name and nothing more: "calling" one is a look-up
 * in the table below, whose entries are pure functions of values. There is no way from a name to code.
 */
import { FileFormatError } from '../../errors.js'
import { latin1Text } from './latin1.js'
import { parseScalarType } from './npy-header.js'
import { elementCount, type NumericArray, rowMajor } from './numeric-array.js'
import { isNumber, readNumbers, type ScalarType } from './scalar-type.js'

/** A value out of a pickle. Tuples and lists are arrays; byte strings, also those of Python 2's `str`, are bytes. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | PickleDict
  | PickledArray
  | PickledType
  | PickleGlobal

/** A dict; keys that are byte strings are turned into text (Latin-1), so that `labels` is found whoever wrote it. */
export class PickleDict extends Map<string | number, PickleValue> {}

/** A NumPy array; `value` is null until its state came. */
export class PickledArray {
  value: NumericArray | null = null
}

/** A NumPy dtype. */
export class PickledType {
  constructor(public scalar: ScalarType) {}
}

/** The name of something that a pickle wants to call. */
export class PickleGlobal {
  constructor(readonly name: string) {}
}

/** Keeps count of the bytes that calls make, so that a small pickle cannot fill memory. */
export interface PickleBudget {
  readonly fileName: string
  spend(bytes: number): void
}

type Maker = (values: readonly PickleValue[], budget: PickleBudget) => PickleValue

const makers = new Map<string, Maker>()
/** Names that may be pushed; some are only arguments and cannot be called. */
const inert = new Set(['numpy.ndarray'])

for (const core of ['numpy.core', 'numpy._core']) {
  makers.set(`${core}.multiarray._reconstruct`, ([kind]) => {
    if (kind instanceof PickleGlobal && kind.name === 'numpy.ndarray') return new PickledArray()
    throw new TypeError('only numpy.ndarray is rebuilt')
  })
  makers.set(`${core}.multiarray.scalar`, ([type, bytes], budget) => {
    const { data } = numbers(type, [], bytes, false, budget)
    return data[0] as number | bigint
  })
  makers.set(`${core}.numeric._frombuffer`, ([bytes, type, shape, order], budget) => {
    const array = new PickledArray()
    array.value = numbers(type, shape, bytes, order === 'F', budget)
    return array
  })
}
makers.set('numpy.dtype', ([code], budget) => new PickledType(parseScalarType(textOf(code), budget.fileName)))
// how Python 3 writes bytes in protocols 0 to 2
makers.set('_codecs.encode', ([text, encoding], budget) => {
  if (typeof text !== 'string' || encoding !== 'latin1') throw new TypeError('only latin1 is encoded')
  budget.spend(text.length)
  return latin1Bytes(text)
})
for (const builtins of ['__builtin__', 'builtins']) {
  makers.set(`${builtins}.bytes`, (values) => {
    if (values.length > 0) throw new TypeError('only empty bytes are made')
    return new Uint8Array(0)
  })
  makers.set(`${builtins}.bytearray`, ([bytes = new Uint8Array(0), ...rest], budget) => {
    if (!(bytes instanceof Uint8Array) || rest.length > 0) throw new TypeError('bytearray is made of bytes')
    budget.spend(bytes.length)
    return bytes.slice()
  })
}

/**
 * Looks a global up.
 * @throws FileFormatError that names it when it is not on the list; nothing of it has happened then
 */
export function allowedGlobal(module: string, name: string, fileName: string): PickleGlobal {
  const whole = `${module}.${name}`
  if (makers.has(whole) || inert.has(whole)) return new PickleGlobal(whole)
  throw new FileFormatError(
    fileName,
    `wants to use "${whole.slice(0, 120)}", which a data file has no need of; nothing was run.`,
    'If you trust it, load it in Python and save its arrays with numpy.savez.',
  )
}

/** The value that a call makes. @throws FileFormatError when the thing called or its arguments are none that are known */
export function makeValue(called: PickleValue, values: PickleValue, budget: PickleBudget): PickleValue {
  const maker = called instanceof PickleGlobal ? makers.get(called.name) : undefined
  if (!maker || !Array.isArray(values)) {
    const what = called instanceof PickleGlobal ? called.name : 'a value'
    throw new FileFormatError(budget.fileName, `wants to call ${what}, which cannot be called.`, 'Do not use it.')
  }
  return explained(budget.fileName, (called as PickleGlobal).name, () => maker(values, budget))
}

/** Gives an object its state. @throws FileFormatError unless it is a NumPy array or dtype */
export function setState(target: PickleValue, state: PickleValue, budget: PickleBudget): void {
  if (target instanceof PickledArray && Array.isArray(state)) {
    const [, shape, type, fortran, bytes] = state
    target.value = explained(budget.fileName, 'numpy.ndarray', () =>
      numbers(type, shape, bytes, fortran === true, budget),
    )
  } else if (target instanceof PickledType && Array.isArray(state)) {
    const [, order, subtype, names] = state
    if ((subtype ?? null) !== null || (names ?? null) !== null) {
      throw new FileFormatError(budget.fileName, 'has a structured NumPy type, which is not read from pickles.', '')
    }
    const mark = explained(budget.fileName, 'numpy.dtype', () => textOf(order))
    target.scalar = { ...target.scalar, littleEndian: mark !== '>' }
  } else {
    throw new FileFormatError(budget.fileName, 'wants to set the state of something that has none.', 'Do not use it.')
  }
}

function explained<T>(fileName: string, name: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw new FileFormatError(fileName, `uses ${name} in a way that data files do not: ${cause.message}.`, '', {
      cause,
    })
  }
}

function numbers(
  type: PickleValue | undefined,
  shape: PickleValue | undefined,
  data: PickleValue | undefined,
  fortran: boolean,
  budget: PickleBudget,
): NumericArray {
  if (!(type instanceof PickledType) || !isNumber(type.scalar)) throw new TypeError('its type is none of numbers')
  if (!isShape(shape)) throw new TypeError('its shape is none')
  // Python 2 wrote the values as `str`, which other protocols may carry as text
  const bytes = typeof data === 'string' ? latin1Bytes(data) : data
  const count = elementCount(shape)
  if (!(bytes instanceof Uint8Array) || bytes.length !== count * type.scalar.bytes) {
    throw new TypeError(`its shape (${shape.join(', ')}) does not fit its bytes`)
  }
  budget.spend(bytes.length)
  const values = readNumbers(bytes, type.scalar, count)
  return { shape, data: fortran ? rowMajor(values, shape) : values }
}

const isShape = (value: PickleValue | undefined): value is number[] =>
  Array.isArray(value) &&
  value.length <= 32 &&
  value.every((size) => Number.isSafeInteger(size) && (size as number) >= 0)

/** Text of a text or a byte string (Latin-1). @throws TypeError when it is neither */
export function textOf(value: PickleValue | undefined): string {
  if (typeof value === 'string') return value
  if (value instanceof Uint8Array) return latin1Text(value)
  throw new TypeError('it must be text')
}

function latin1Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 255) throw new TypeError('a character is not Latin-1')
    bytes[i] = code
  }
  return bytes
}
