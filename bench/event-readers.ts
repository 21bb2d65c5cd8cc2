/**
 * Events a second of every event reader on one thread: real recordings, repeated to 100 MB in memory, read chunk by chunk
 * with default options. Rounds go through all formats in turn, so that a busy moment of the machine does not fall on one.
 * Beside wall time stands the CPU time of the process, all its threads together, which others' work disturbs less.
 * Run: node --import tsx bench/event-readers.ts [rounds]
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { bytesSource } from '../src/datasets/events/byte-source.js'
import { readAedatHeader } from '../src/datasets/events/formats/aedat-header.js'
import { type OpenEventsOptions, openEvents } from '../src/datasets/events/formats/index.js'
import { readPropheseeHeader } from '../src/datasets/events/formats/prophesee-header.js'
import { type Spread, spread } from './harness.js'

const target = 100e6
const rounds = Number(process.argv[2] ?? 3)
const data = process.env.NEUROMOTIF_TEST_DATA ?? '../shared/data'
const file = (path: string): Uint8Array => new Uint8Array(readFileSync(join(data, path)))

interface Subject {
  readonly title: string
  readonly path: string
  /** Events a second that are asked for, in millions. */
  readonly goal?: number
  readonly options?: OpenEventsOptions
  /** The file that is repeated, where it is not the real one as it is. */
  readonly make?: (bytes: Uint8Array) => Uint8Array
  /** Bytes that are not repeated, at the beginning. */
  readonly head: (bytes: Uint8Array) => Promise<number>
  /** Where the repeated part ends; default the end of the file. */
  readonly end?: (bytes: Uint8Array) => number
}

const none = async () => 0
const twenty = async () => 20
const source = (bytes: Uint8Array) => bytesSource('', bytes)
const raw = async (bytes: Uint8Array) => (await readPropheseeHeader(source(bytes))).bytes
const aedat = async (bytes: Uint8Array) => (await readAedatHeader(source(bytes), ['2.0', '3.1', '1.0'])).bytes
const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)

/** EVT 2.1 of EVT 2.0, a word an event: no recording in EVT 2.1 is at hand. */
function evt21Of(evt2: Uint8Array): Uint8Array {
  const header = new TextEncoder().encode('% evt 2.1\n% endianness little\n% geometry 640x480\n% end\n')
  const words = view(evt2)
  const start = 166
  const count = (evt2.length - start) / 4
  const out = new Uint8Array(header.length + 8 * count)
  out.set(header)
  for (let i = 0; i < count; i++) {
    view(out).setUint32(header.length + 8 * i, 1, true)
    view(out).setUint32(header.length + 8 * i + 4, words.getUint32(start + 4 * i, true), true)
  }
  return out
}

/** AEDAT 3.1 of AEDAT 2.0, in packets of 8,192 events: the files at hand hold a few events each. */
function aedat3Of(aedat2: Uint8Array): Uint8Array {
  const header = new TextEncoder().encode('#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: DVS128\r\n#!END-HEADER\r\n')
  const from = view(aedat2)
  const start = 3412
  const inPacket = 8192
  const packets = Math.floor((aedat2.length - start) / 8 / inPacket)
  const out = new Uint8Array(header.length + packets * (28 + 8 * inPacket))
  const to = view(out)
  out.set(header)
  for (let packet = 0, at = header.length; packet < packets; packet++) {
    to.setInt16(at, 1, true)
    for (const [k, value] of [8, 4, 0, inPacket, inPacket, inPacket].entries()) to.setInt32(at + 4 + 4 * k, value, true)
    at += 28
    for (let i = packet * inPacket; i < (packet + 1) * inPacket; i++, at += 8) {
      const address = from.getUint32(start + 8 * i)
      const place = ((address >>> 1) & 127) * 2 ** 17 + ((address >>> 8) & 127) * 4 + (address & 1) * 2 + 1
      to.setUint32(at, place, true)
      to.setInt32(at + 4, from.getInt32(start + 8 * i + 4), true)
    }
  }
  return out
}

/** AEDAT 1.0 of AEDAT 2.0: addresses of 16 bits. */
function aedat1Of(aedat2: Uint8Array): Uint8Array {
  const header = new TextEncoder().encode('#!AER-DAT1.0\r\n')
  const start = 3412
  const count = (aedat2.length - start) / 8
  const out = new Uint8Array(header.length + 6 * count)
  out.set(header)
  for (let i = 0; i < count; i++) out.set(aedat2.subarray(start + 8 * i + 2, start + 8 * i + 8), header.length + 6 * i)
  return out
}

function csvOf(bin: Uint8Array): Uint8Array {
  const lines = ['t,x,y,p\n']
  for (let i = 0; i < bin.length; i += 5) {
    const word = view(bin).getUint32(i + 1) & 0xffffff
    lines.push(`${word & 0x7fffff},${bin[i]},${bin[i + 1]},${word >>> 23}\n`)
  }
  return new TextEncoder().encode(lines.join(''))
}

/** The end of an AEDAT 4 file's packets, and the file without the position of its data table. */
const tableAt = (bytes: Uint8Array) => Number(view(bytes).getBigInt64(18 + 24 + 12, true))
const aedat4Start = async (bytes: Uint8Array) => 18 + view(bytes).getUint32(14, true)

const caixa = 'dvs128-objects/test/Caneca.aedat'
const subjects: readonly Subject[] = [
  { title: 'N-MNIST .bin', path: 'nmnist/sample_nmnist.bin', goal: 20, head: none },
  { title: 'SLAYER .bs1', path: 'slayer-formats/oxford/input.bs1', head: none },
  { title: 'SLAYER .bs2', path: 'dvs128-gesture-samples/5.bs2', head: none },
  { title: 'SLAYER .bs3', path: 'dvs128-gesture-samples/1.bs3', head: none },
  {
    title: 'Prophesee .dat',
    path: 'prophesee/tonic_sample_ncars.dat',
    goal: 20,
    head: async (b) => (await raw(b)) + 2,
  },
  { title: 'EVT 2.0', path: 'prophesee/faery_evt2.raw', goal: 20, head: raw },
  { title: 'EVT 2.1 (made from EVT 2.0)', path: 'prophesee/faery_evt2.raw', make: evt21Of, head: raw },
  { title: 'EVT 3.0', path: 'prophesee/expelliarmus_evt3_sample.raw', goal: 10, head: raw },
  { title: 'AEDAT 1.0 (made from AEDAT 2.0)', path: caixa, make: aedat1Of, head: aedat },
  { title: 'AEDAT 2.0, DVS128', path: caixa, goal: 10, head: aedat },
  { title: 'AEDAT 2.0, DAVIS', path: 'aedat2-davis/IMU_translBoxes.aedat', goal: 10, head: aedat },
  { title: 'AEDAT 3.1 (made from AEDAT 2.0)', path: caixa, make: aedat3Of, head: aedat },
  { title: 'AEDAT 4.0, LZ4', path: 'aedat4/dv_test-minimal.aedat4', head: aedat4Start, end: tableAt },
  { title: 'Event Stream, DVS', path: 'event-stream/faery_dvs.es', head: twenty },
  { title: 'spiking audio', path: 'audio-aer/tono_puro_10.000000.aedat', head: none },
  {
    title: 'CSV (made from .bin)',
    path: 'nmnist/sample_nmnist.bin',
    make: csvOf,
    head: async () => 8,
    options: { format: 'csv' },
  },
]

/** A subject's file with its body repeated to 100 MB. */
async function repeated({ path, make, head, end }: Subject): Promise<Uint8Array> {
  const bytes = make ? make(file(path)) : file(path)
  const start = await head(bytes)
  const stop = end?.(bytes) ?? bytes.length
  const body = bytes.subarray(start, stop)
  const times = Math.ceil(target / body.length)
  const out = new Uint8Array(start + times * body.length)
  out.set(bytes.subarray(0, start))
  for (let i = 0; i < times; i++) out.set(body, start + i * body.length)
  // the packets go on behind where the data table was
  if (end) view(out).setBigInt64(18 + 24 + 12, -1n, true)
  return out
}

interface Run {
  readonly events: number
  /** Millions of events a second of wall time, and of CPU time. */
  readonly wall: number
  readonly cpu: number
}

async function run(name: string, bytes: Uint8Array, options: OpenEventsOptions): Promise<Run> {
  const cpuStart = process.cpuUsage()
  const start = performance.now()
  const reader = await openEvents(bytesSource(name, bytes), options)
  let events = 0
  for await (const chunk of reader.chunks()) events += chunk.count
  const wall = performance.now() - start
  const { user, system } = process.cpuUsage(cpuStart)
  return { events, wall: events / wall / 1e3, cpu: events / (user + system) }
}

interface Result {
  readonly format: string
  readonly file: string
  readonly bytes: number
  readonly events: number
  readonly goal: number | null
  readonly wall: Spread
  readonly cpu: Spread
}

const runs = new Map<Subject, Run[]>(subjects.map((subject) => [subject, []]))
const sizes = new Map<Subject, number>()
// the round before the first one warms up
for (let round = -1; round < rounds; round++) {
  for (const subject of subjects) {
    const bytes = await repeated(subject)
    sizes.set(subject, bytes.length)
    const measured = await run(subject.path, bytes, subject.options ?? {})
    if (round >= 0) runs.get(subject)?.push(measured)
  }
}

const results = subjects.map((subject): Result => {
  const list = runs.get(subject) ?? []
  return {
    format: subject.title,
    file: subject.path,
    bytes: sizes.get(subject) ?? 0,
    events: list[0]?.events ?? 0,
    goal: subject.goal ?? null,
    wall: spread(list.map(({ wall }) => wall)),
    cpu: spread(list.map(({ cpu }) => cpu)),
  }
})

const date = new Date().toISOString().slice(0, 10)
const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
  load: loadavg()[0],
  node: process.version,
}
const cell = ({ median, low, high }: Spread) => `${median.toFixed(1)} (${low.toFixed(1)} … ${high.toFixed(1)})`
const table = [
  `# Event readers: millions of events a second (${date})`,
  '',
  `Real recordings repeated to 100 MB in memory, default options, one thread; median of ${rounds} rounds, smallest and`,
  `largest in brackets. ${machine.cpu}, ${machine.cores} cores shared with other work (load ${machine.load?.toFixed(1)}), Node ${machine.node}.`,
  'CPU time counts all threads of the process, those of the garbage collector too.',
  '',
  '| format | events | a second of wall time | a second of CPU time | goal |',
  '| --- | ---: | ---: | ---: | ---: |',
  ...results.map(
    ({ format, events, wall, cpu, goal }) =>
      `| ${format} | ${(events / 1e6).toFixed(1)} M | ${cell(wall)} | ${cell(cpu)} | ${goal ?? '–'} |`,
  ),
  '',
].join('\n')
const folder = 'bench/results/software'
mkdirSync(folder, { recursive: true })
writeFileSync(
  join(folder, `${date}-event-readers.json`),
  `${JSON.stringify({ date, machine, rounds, results }, null, 2)}\n`,
)
writeFileSync(join(folder, `${date}-event-readers.md`), table)
console.log(table)
