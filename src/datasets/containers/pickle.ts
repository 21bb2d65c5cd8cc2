import type { FileFormatError } from '../../errors.js'
import type { NamedBytes } from '../idx.js'
import {
  allowedGlobal,
  makeValue,
  type PickleBudget,
  PickleDict,
  type PickleGlobal,
  type PickleValue,
  setState,
  textOf,
} from './pickle-objects.js'
import { PickleReader } from './pickle-reader.js'

/** Caps on what a pickle may build. */
export interface PickleLimits {
  /** Values pushed in all; default 20,000,000. */
  readonly values?: number
  /** Values on the stack and marks at a time; default 1,000,000. */
  readonly depth?: number
  /** Entries of the memo; default 10,000,000. */
  readonly memo?: number
  /** Bytes of memory that is made, besides the file itself; default 2 GiB. */
  readonly bytes?: number
}

const defaults: Required<PickleLimits> = { values: 20_000_000, depth: 1_000_000, memo: 10_000_000, bytes: 2 ** 31 }

/**
 * Reads a Python pickle of protocol 0 to 5 that holds data only: None, booleans, whole numbers, floats, text, bytes,
 * lists, tuples, dicts and NumPy arrays of numbers. Pickle is a program for a stack machine; this one has no instruction
 * that could run anything, and every name that the program asks for must be on a list of data constructors.
 *
 * @throws FileFormatError when it names anything else (the name is in the message), is cut or damaged, or exceeds a limit
 */
export function unpickle(file: NamedBytes, limits: PickleLimits = {}): PickleValue {
  return new PickleMachine(file, { ...defaults, ...limits }).run()
}

/** What an empty list, an empty dict and a memo's entry take, about; a pickle makes each with one or two bytes. */
const listBytes = 64
const dictBytes = 256
const memoBytes = 64

/** Names of the instructions that the machine refuses, each of which could reach beyond data. */
const refused: Readonly<Record<number, string>> = {
  80: 'PERSID, a reference to something outside',
  81: 'BINPERSID, a reference to something outside',
  130: 'EXT1, a registered extension',
  131: 'EXT2, a registered extension',
  132: 'EXT4, a registered extension',
  143: 'EMPTY_SET',
  144: 'ADDITEMS, for sets',
  145: 'FROZENSET',
  151: 'NEXT_BUFFER, data outside the file',
  152: 'READONLY_BUFFER, data outside the file',
}

class PickleMachine {
  private readonly input: PickleReader
  private readonly stack: PickleValue[] = []
  private readonly marks: number[] = []
  private readonly memo = new Map<number, PickleValue>()
  private readonly budget: PickleBudget
  private pushed = 0

  constructor(
    private readonly file: NamedBytes,
    private readonly limits: Required<PickleLimits>,
  ) {
    this.input = new PickleReader(file)
    let spent = 0
    this.budget = {
      fileName: file.name,
      spend: (bytes) => {
        spent += bytes
        if (spent > limits.bytes) throw this.error(`may make ${limits.bytes} bytes of values.`)
      },
    }
  }

  run(): PickleValue {
    for (;;) {
      const code = this.input.byte()
      if (code === 0x2e) break // STOP
      if (!this.constant(code) && !this.container(code) && !this.object(code) && !this.bookkeeping(code)) {
        const name = refused[code]
        const said = name ?? `byte 0x${code.toString(16)}, which is none`
        throw this.error(`has the instruction ${said}.`, name ? 'Do not use it.' : 'It is no pickle, or damaged.')
      }
    }
    if (this.marks.length > 0 || this.stack.length !== 1) throw this.error('must end with one value.')
    return this.pop()
  }

  /** Instructions that push one value read from the file. */
  private constant(code: number): boolean {
    const { input } = this
    const text = input.text(code)
    if (text !== undefined) this.push(text)
    else if (code === 0x4e) this.push(null)
    else if (code === 0x88) this.push(true)
    else if (code === 0x89) this.push(false)
    else {
      const number = input.number(code)
      if (number === undefined) return false
      this.push(number)
    }
    return true
  }

  /** Lists, tuples and dicts. */
  private container(code: number): boolean {
    switch (code) {
      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
        this.push([], listBytes)
        return true
      case 0x7d: // EMPTY_DICT
        this.push(new PickleDict(), dictBytes)
        return true
      case 0x6c: // LIST
      case 0x74: // TUPLE
        this.push(this.popToMark(), listBytes)
        return true
      case 0x64: // DICT
        this.push(this.filled(new PickleDict(), this.popToMark()), dictBytes)
        return true
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        this.push(this.popMany(code - 0x84), listBytes)
        return true
      case 0x61: // APPEND
        this.append([this.pop()])
        return true
      case 0x65: // APPENDS
        this.append(this.popToMark())
        return true
      case 0x73: // SETITEM
        this.setItems(this.popMany(2))
        return true
      case 0x75: // SETITEMS
        this.setItems(this.popToMark())
        return true
    }
    return false
  }

  /** Names and what is made by them; see `pickle-objects.ts`. */
  private object(code: number): boolean {
    switch (code) {
      case 0x63: // GLOBAL
        this.push(this.global(this.input.line(), this.input.line()))
        return true
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = this.popMany(2)
        this.push(this.global(this.name(module), this.name(name)))
        return true
      }
      case 0x52: {
        // REDUCE
        const [called, values] = this.popMany(2)
        this.push(makeValue(called as PickleValue, values as PickleValue, this.budget))
        return true
      }
      case 0x62: {
        // BUILD
        const state = this.pop()
        setState(this.top(), state, this.budget)
        return true
      }
      case 0x69: // INST
        throw this.instance(this.global(this.input.line(), this.input.line()))
      case 0x6f: // OBJ
        throw this.instance(this.popToMark()[0])
      case 0x81: // NEWOBJ
        throw this.instance(this.popMany(2)[0])
      case 0x92: // NEWOBJ_EX
        throw this.instance(this.popMany(3)[0])
    }
    return false
  }

  /** Marks, the memo, and what only frames the program. */
  private bookkeeping(code: number): boolean {
    const { input } = this
    switch (code) {
      case 0x28: // MARK
        if (this.marks.length >= this.limits.depth) throw this.error(`may nest ${this.limits.depth} deep.`)
        this.marks.push(this.stack.length)
        return true
      case 0x30: // POP
        if (this.marks.at(-1) === this.stack.length) this.marks.pop()
        else this.pop()
        return true
      case 0x31: // POP_MARK
        this.popToMark()
        return true
      case 0x32: // DUP
        this.push(this.top())
        return true
      case 0x80: {
        // PROTO
        const protocol = input.byte()
        if (protocol > 5) throw this.error(`must have a protocol up to 5; it has ${protocol}.`)
        return true
      }
      case 0x95: // FRAME
        input.frame()
        return true
      case 0x94: // MEMOIZE
        this.remember(this.memo.size)
        return true
    }
    const put = input.memoIndex(code, 'put')
    if (put !== undefined) this.remember(put)
    const get = put === undefined ? input.memoIndex(code, 'get') : undefined
    if (get !== undefined) {
      const value = this.memo.get(get)
      if (value === undefined) throw this.error(`asks for entry ${get} of its memo, which is not there.`)
      this.push(value)
    }
    return put !== undefined || get !== undefined
  }

  private global(module: string, name: string): PickleGlobal {
    return allowedGlobal(module, name, this.file.name)
  }

  private name(value: PickleValue | undefined): string {
    if (typeof value === 'string') return value
    throw this.error('names something by a value that is no text.')
  }

  /** The refusal of every way to make an object of a class. */
  private instance(made: PickleValue | undefined): FileFormatError {
    const what = made instanceof Object && 'name' in made ? String(made.name) : 'something'
    return this.error(`wants to make an object of ${what}; only data are read.`, 'Do not use it.')
  }

  /** @param bytes memory that it takes beyond its place */
  private push(value: PickleValue, bytes = 0): void {
    this.pushed++
    if (bytes > 0) this.budget.spend(bytes)
    if (this.pushed > this.limits.values) throw this.error(`may have ${this.limits.values} values.`)
    if (this.stack.length >= this.limits.depth) throw this.error(`may have ${this.limits.depth} values at a time.`)
    this.stack.push(value)
  }

  private pop(): PickleValue {
    if (this.stack.length <= (this.marks.at(-1) ?? 0)) throw this.error('takes a value where there is none.')
    return this.stack.pop() as PickleValue
  }

  private top(): PickleValue {
    const value = this.pop()
    this.stack.push(value)
    return value
  }

  private popMany(count: number): PickleValue[] {
    const values = Array.from({ length: count }, () => this.pop())
    return values.reverse()
  }

  private popToMark(): PickleValue[] {
    const mark = this.marks.pop()
    if (mark === undefined) throw this.error('refers to a mark that it did not set.')
    return this.stack.splice(mark)
  }

  private append(items: readonly PickleValue[]): void {
    const list = this.top()
    if (!Array.isArray(list)) throw this.error('appends to something that is no list.')
    for (const item of items) list.push(item)
  }

  private setItems(items: readonly PickleValue[]): void {
    const dict = this.top()
    if (!(dict instanceof PickleDict)) throw this.error('sets items of something that is no dict.')
    this.filled(dict, items)
  }

  private filled(dict: PickleDict, items: readonly PickleValue[]): PickleDict {
    if (items.length % 2 !== 0) throw this.error('has a key without a value.')
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i]
      if (key instanceof Uint8Array) this.budget.spend(key.length)
      if (typeof key !== 'string' && typeof key !== 'number' && !(key instanceof Uint8Array)) {
        throw this.error('has a key that is neither text nor a number.')
      }
      dict.set(typeof key === 'number' ? key : textOf(key), items[i + 1] as PickleValue)
    }
    return dict
  }

  private remember(index: number): void {
    if (this.memo.size >= this.limits.memo) throw this.error(`may remember ${this.limits.memo} values.`)
    this.budget.spend(memoBytes)
    this.memo.set(index, this.top())
  }

  private error(what: string, advice = 'It is cut or damaged: fetch it again.'): FileFormatError {
    return this.input.error(what, advice)
  }
}
