import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import Libsql from 'libsql'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DiskError, InterruptedError, LedgerError, OptionError } from '../../src/errors.js'
import { openSqliteLedger, type SqliteLedger } from '../../src/host/node/sqlite-ledger.js'
import { exportArchive } from '../../src/nas/archive.js'
import { evaluationIdentity, type GenerationRecord, type Ledger, type StoredEvaluation } from '../../src/nas/ledger.js'
import { MemoryLedger } from '../../src/nas/memory-ledger.js'
import { runSearch } from '../../src/nas/search.js'
import { deriveSeed, RandomSequence } from '../../src/runtime/philox.js'
import { childSearch } from '../support/child-search.js'
import { StandInEvaluator, standInSpace } from '../support/stand-in-evaluator.js'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'neuromotif ledger %41 '))
  path = join(folder, 'search.sqlite')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const hashOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex')

async function withLedger<T>(work: (ledger: SqliteLedger) => T | Promise<T>): Promise<T> {
  const ledger = await openSqliteLedger(path)
  try {
    return await work(ledger)
  } finally {
    ledger.close()
  }
}

const search = (ledger: Ledger, more: object = {}) => ({
  space: standInSpace,
  evaluator: new StandInEvaluator(),
  ledger,
  seed: 3,
  population: 6,
  offspring: 6,
  generations: 3,
  ...more,
})

const evaluation: StoredEvaluation = {
  identity: 'the identity',
  architectureKey: '2|m1:101',
  genome: [1, 0, 2],
  outcome: { status: 'failed', kind: 'silent', reason: 'it says "nothing" – ünïcode, too' },
  seconds: 0.1 + 0.2,
  run: 'first',
  strategy: 'random',
  ordinal: 7,
}

const generation: GenerationRecord = {
  strategy: 'evolution',
  number: 1,
  individuals: [{ id: 0, genome: [1, 0, 2], key: '2|m1:101', parents: [] }],
  survivors: [
    { id: 0, rank: 0, crowding: null },
    { id: 1, rank: 1, crowding: 1 / 3 },
  ],
  randomPosition: 2 ** 40 + 1,
  reference: [-1e-300, 0.1],
  hypervolume: 2 / 3,
  best: 0,
  repeats: 0,
  cacheHits: 0,
}

async function failureOf(work: Promise<unknown>): Promise<Error> {
  return work.then(
    () => new Error('nothing was thrown'),
    (error: Error) => error,
  )
}

describe('a ledger in a file', () => {
  it('gives back what was written, exactly, after it was closed', async () => {
    await withLedger((ledger) => {
      ledger.createRun('first', '{"a":1}')
      ledger.recordEvaluation(evaluation)
      ledger.commitGeneration('first', generation)
      ledger.commitGeneration('first', { ...generation, number: 2, reference: null, hypervolume: null, best: null })
      ledger.setStatus('first', 'finished')
    })
    await withLedger((ledger) => {
      expect(ledger.runs()).toEqual(['first'])
      expect(ledger.configuration('first')).toBe('{"a":1}')
      expect(ledger.configuration('second')).toBeUndefined()
      expect(ledger.status('first')).toBe('finished')
      expect(ledger.findEvaluation('the identity')).toEqual(evaluation)
      expect(ledger.findEvaluation('another')).toBeUndefined()
      const [one, two] = ledger.generations('first', 'evolution')
      expect(one).toEqual(generation)
      expect(two).toEqual({ ...generation, number: 2, reference: null, hypervolume: null, best: null })
      expect(ledger.generations('first', 'random')).toEqual([])
    })
  })

  it('behaves as the one in memory, refusals included', async () => {
    await withLedger(async (ledger) => {
      const memory = new MemoryLedger()
      for (const each of [ledger, memory]) {
        each.createRun('first', '{}')
        each.recordEvaluation(evaluation)
        expect(() => each.createRun('first', '{}')).toThrow(LedgerError)
        expect(() => each.recordEvaluation({ ...evaluation, seconds: 9 })).toThrow(LedgerError)
        expect(() => each.recordEvaluation({ ...evaluation, identity: 'new', run: 'none' })).toThrow(LedgerError)
        expect(() => each.commitGeneration('first', { ...generation, number: 2 })).toThrow(LedgerError)
        expect(() => each.commitGeneration('none', generation)).toThrow(LedgerError)
        expect(() => each.generations('none', 'random')).toThrow(LedgerError)
        expect(() => each.setStatus('none', 'running')).toThrow(LedgerError)
        expect(() => exportArchive(each, 'none')).toThrow(LedgerError)
        expect(each.findEvaluation('the identity')).toEqual(evaluation)
        expect(each.findEvaluation('new')).toBeUndefined()
        expect(each.generations('first', 'evolution')).toEqual([])
        await runSearch(search(each))
      }
      expect(exportArchive(ledger)).toBe(exportArchive(memory))
      memory.close()
      expect(() => memory.runs()).toThrow(LedgerError)
    })
  })

  it('waits for the disk after every write', async () => {
    await withLedger((ledger) => {
      // 2 is FULL: in a write-ahead log every commit is synchronised
      const { connection } = ledger as unknown as { connection: Libsql.Database }
      expect(connection.prepare('PRAGMA synchronous').raw().all()).toEqual([[2]])
      expect(connection.prepare('PRAGMA journal_mode').raw().all()).toEqual([['wal']])
    })
  })

  it('is whole without the files beside it once it is closed', async () => {
    const before = await withLedger(async (ledger) => {
      await runSearch(search(ledger))
      return exportArchive(ledger)
    })
    const copy = join(folder, 'copy.sqlite')
    writeFileSync(copy, readFileSync(path))
    path = copy
    expect(await withLedger((ledger) => exportArchive(ledger))).toBe(before)
  })

  it('can be read while it is written, but only read', async () => {
    await withLedger(async (ledger) => {
      await runSearch(search(ledger))
      const reader = await openSqliteLedger(path, { readOnly: true })
      expect(exportArchive(reader)).toBe(exportArchive(ledger))
      expect(() => reader.setStatus('default', 'running')).toThrow(/read-only/)
      reader.close()
      expect(() => reader.runs()).toThrow(/closed/)
      ledger.setStatus('default', 'running')
    })
    const missing = await failureOf(openSqliteLedger(join(folder, 'none'), { readOnly: true }))
    expect(missing).toBeInstanceOf(DiskError)
    expect(existsSync(join(folder, 'none'))).toBe(false)
  })

  it('loses nothing when it is closed while something else reads', async () => {
    const reader = await withLedger(async (ledger) => {
      await runSearch(search(ledger))
      const other = new Libsql(path)
      other.exec('BEGIN')
      expect(other.prepare('SELECT count(*) FROM runs').raw().all()).toEqual([[1]])
      ledger.createRun('second', '{}')
      return other
    })
    reader.exec('ROLLBACK')
    reader.close()
    const whole = new MemoryLedger()
    await runSearch(search(whole))
    await withLedger((ledger) => {
      expect(ledger.runs()).toEqual(['default', 'second'])
      expect(exportArchive(ledger)).toBe(exportArchive(whole))
    })
  })

  it('puts back the write-ahead log when another program took it away', async () => {
    await withLedger((ledger) => ledger.createRun('first', '{}'))
    const bytes = readFileSync(path)
    // the header's read and write versions: 2 with a write-ahead log, 1 without
    expect([bytes[18], bytes[19]]).toEqual([2, 2])
    bytes[18] = bytes[19] = 1
    path = join(folder, 'changed.sqlite')
    writeFileSync(path, bytes)
    await withLedger((ledger) => ledger.createRun('second', '{}'))
    expect([...readFileSync(path).subarray(18, 20)]).toEqual([2, 2])
    await withLedger((ledger) => expect(ledger.runs()).toEqual(['first', 'second']))
    path = join(folder, 'changed and closed at once.sqlite')
    writeFileSync(path, bytes)
    await withLedger(() => {})
    await withLedger((ledger) => expect(ledger.runs()).toEqual(['first']))
  })

  it('stops cleanly when it is full and continues when there is room', async () => {
    const ledger = await openSqliteLedger(path, { maximumBytes: 65536 })
    const full = await failureOf(runSearch(search(ledger, { generations: 40 })))
    ledger.close()
    expect(full).toBeInstanceOf(DiskError)
    expect(full.message).toContain('make room, then resume')
    const whole = new MemoryLedger()
    await runSearch(search(whole, { generations: 40 }))
    await withLedger(async (roomy) => {
      expect(roomy.generations('default', 'evolution').length).toBeLessThan(40)
      await runSearch(search(roomy, { generations: 40 }))
      expect(exportArchive(roomy)).toBe(exportArchive(whole))
    })
    expect(await failureOf(openSqliteLedger(path, { maximumBytes: 100 }))).toBeInstanceOf(OptionError)
  })

  it('continues an aborted search', async () => {
    await withLedger(async (ledger) => {
      const controller = new AbortController()
      const evaluator = new StandInEvaluator('stand-in', (count) => {
        if (count === 8) controller.abort()
      })
      const stopped = await failureOf(runSearch(search(ledger, { evaluator, signal: controller.signal })))
      expect(stopped).toBeInstanceOf(InterruptedError)
      expect(stopped.message).toContain(path)
      expect(ledger.status('default')).toBe('interrupted')
    })
    const whole = new MemoryLedger()
    await runSearch(search(whole))
    await withLedger(async (ledger) => {
      const evaluator = new StandInEvaluator()
      await runSearch(search(ledger, { evaluator }))
      expect(exportArchive(ledger)).toBe(exportArchive(whole))
    })
  })
})

describe('a file that cannot serve as the ledger', () => {
  async function refusal(kind: typeof LedgerError | typeof DiskError, text: string): Promise<void> {
    const [bytes, names] = [hashOf(path), readdirSync(folder)]
    const failure = await failureOf(openSqliteLedger(path))
    expect(failure).toBeInstanceOf(kind)
    expect(failure.message).toContain(text)
    expect(hashOf(path)).toBe(bytes)
    expect(readdirSync(folder)).toEqual(names)
  }

  async function filled(): Promise<Buffer> {
    await withLedger((ledger) => runSearch(search(ledger, { generations: 6 })))
    return readFileSync(path)
  }

  it('is left alone when it is some text', async () => {
    writeFileSync(path, 'my notes\n'.repeat(100))
    await refusal(LedgerError, 'not a database')
  })

  it('is left alone when it is another program’s database', async () => {
    const other = new Libsql(path)
    other.exec("CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('mine')")
    other.close()
    await refusal(LedgerError, 'database of something else')
  })

  it('is left alone when its format is newer', async () => {
    const bytes = await filled()
    bytes.writeInt32BE(2, 60)
    writeFileSync(path, bytes)
    await refusal(LedgerError, 'must have ledger format 1; it has 2')
  })

  it('is refused, and not changed, when pages are damaged or missing', async () => {
    const bytes = await filled()
    const pages = bytes.length / 4096
    const random = new RandomSequence(deriveSeed(1), 7)
    for (let round = 0; round < 6; round++) {
      const torn = Buffer.from(bytes)
      const page = 1 + random.integer(pages - 1)
      for (let i = page * 4096; i < (page + 1) * 4096; i++) torn[i] = random.integer(256)
      writeFileSync(path, torn)
      await refusal(LedgerError, 'damaged')
    }
    writeFileSync(path, bytes.subarray(0, bytes.length - 4096))
    await refusal(LedgerError, 'damaged')
    writeFileSync(path, bytes.subarray(0, 60))
    await refusal(LedgerError, 'not a database')
  })

  it('does not pass a changed score off as a recorded one', async () => {
    const bytes = await filled()
    // everywhere, since the file may hold outdated copies too
    const altered = bytes.toString('latin1').replace(/"mean":[0-8]/g, (text) => `"mean":${Number(text.at(-1)) + 1}`)
    writeFileSync(path, altered, 'latin1')
    expect(hashOf(path)).not.toBe(createHash('sha256').update(bytes).digest('hex'))
    await withLedger((ledger) => {
      expect(() => exportArchive(ledger)).toThrow(/has been altered or is missing/)
    })
  })

  it('is refused for a search with other settings, and not changed', async () => {
    await filled()
    const bytes = hashOf(path)
    await withLedger(async (ledger) => {
      const failure = await failureOf(runSearch(search(ledger, { seed: 4 })))
      expect(failure).toBeInstanceOf(LedgerError)
      expect(failure.message).toContain('seed is 3 there and 4 here')
    })
    expect(hashOf(path)).toBe(bytes)
  })

  it('is named when the path leads nowhere', async () => {
    path = join(folder, 'no', 'folder')
    expect(await failureOf(openSqliteLedger(path))).toBeInstanceOf(DiskError)
    path = folder
    expect(await failureOf(openSqliteLedger(path))).toBeInstanceOf(DiskError)
  })

  it('is refused while this process has it open', async () => {
    await withLedger(async () => {
      const failure = await failureOf(openSqliteLedger(path))
      expect(failure).toBeInstanceOf(LedgerError)
      expect(failure.message).toContain('this process has it open')
    })
  })
})

describe('with other processes', () => {
  const children: ChildProcess[] = []
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
  })

  function start(mode?: string): { child: ChildProcess; lines: AsyncIterable<string>; ended: Promise<unknown> } {
    const script = join(import.meta.dirname, '../support/search-child.ts')
    const child = spawn(process.execPath, ['--import', 'tsx', script, path, ...(mode === undefined ? [] : [mode])], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    children.push(child)
    const ended = new Promise((resolve) => child.once('close', resolve))
    return { child, lines: createInterface({ input: child.stdout as NodeJS.ReadableStream }), ended }
  }

  it('is refused at once while another process holds it, and free when that one is killed', async () => {
    const { child, lines, ended } = start('hold')
    for await (const line of lines) if (line === 'held') break
    const bytes = hashOf(path)
    const begin = performance.now()
    const failure = await failureOf(openSqliteLedger(path))
    expect(performance.now() - begin).toBeLessThan(2000)
    expect(failure).toBeInstanceOf(LedgerError)
    expect(failure.message).toContain(`process ${child.pid} since`)
    expect(hashOf(path)).toBe(bytes)
    const reader = await openSqliteLedger(path, { readOnly: true })
    expect(reader.runs()).toEqual([])
    reader.close()
    child.kill('SIGKILL')
    await ended
    await withLedger((ledger) => expect(ledger.runs()).toEqual([]))
  })

  it('loses nothing that was reported when it is killed at any point, and ends as if it never had been', async () => {
    const whole = new MemoryLedger()
    const evaluator = new StandInEvaluator('child')
    await runSearch({ ...childSearch, evaluator, ledger: whole })
    const random = new RandomSequence(deriveSeed(Date.now()), 7)
    const kills: string[] = []
    for (let finished = false; !finished; ) {
      const limit = kills.length < 5 ? 1 + random.integer(30) : Number.POSITIVE_INFINITY
      const { child, lines, ended } = start()
      const reported: string[] = []
      for await (const line of lines) {
        if (line === 'done') finished = true
        else reported.push(line)
        if (reported.length === limit) {
          await pause(random.integer(8))
          child.kill('SIGKILL')
        }
      }
      await ended
      kills.push(`${reported.length} of ${limit}`)
      const context = `after ${kills.join(', ')}`
      await withLedger((ledger) => {
        for (const key of reported) {
          const identity = evaluationIdentity(childSearch.space, evaluator, key)
          expect(ledger.findEvaluation(identity)?.architectureKey, context).toBe(key)
        }
        if (finished) expect(exportArchive(ledger), context).toBe(exportArchive(whole))
      })
      expect(finished || kills.length < 6, context).toBe(true)
    }
    expect(kills.length).toBeGreaterThan(3)
  })
})
