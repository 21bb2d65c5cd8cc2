/** A made-up but realistic run, the same at every call. */
import type { ReportInput } from '../../src/report/report-data.js'
import { deriveSeed, RandomSequence, RandomStream } from '../../src/runtime/philox.js'
import { exampleGraph } from './example-graph.js'

const classes = ['T-shirt', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot']

const sequence = (name: string) => new RandomSequence(deriveSeed(11, name), RandomStream.syntheticData)

/** Roughly normal, mean 0 and deviation 1. */
const normal = (random: RandomSequence) => {
  let sum = -6
  for (let i = 0; i < 12; i++) sum += random.next()
  return sum
}

function searchPoints(name: string, ceiling: number, speed: number) {
  const random = sequence(name)
  let best = 0
  return Array.from({ length: 30 }, (_, generation) => {
    const level = ceiling * (1 - 0.32 * Math.exp(-generation * speed))
    best = Math.max(best, level + 900 * normal(random))
    const mean = level * 0.93 + 500 * normal(random)
    return { generation: generation + 1, best, mean, standardErrorOfBest: 1400, evaluations: 24 * (generation + 1) }
  })
}

function paretoPoints() {
  const random = sequence('pareto')
  const points = Array.from({ length: 90 }, (_, i) => {
    const parameters = Math.round(30_000 + 260_000 * random.next())
    const fitness = 118_000 * (1 - Math.exp(-parameters / 110_000)) * (0.7 + 0.28 * random.next())
    const energy = parameters * (800 + 500 * random.next())
    return { parameters, fitness, energy, key: `3|m${i % 5}:0110/R/m2:01` }
  })
  return points.map((point) => ({
    ...point,
    onFront: !points.some((other) => other.parameters < point.parameters && other.fitness > point.fitness),
  }))
}

function rdm() {
  const random = sequence('rdm')
  const labels = Array.from({ length: 64 }, () => classes[random.integer(classes.length)] ?? '')
  const matrix = labels.map(() => labels.map(() => 0))
  for (let i = 0; i < 64; i++) {
    for (let j = i + 1; j < 64; j++) {
      const value = Math.min(1, Math.max(0, (labels[i] === labels[j] ? 0.24 : 0.38) + 0.05 * normal(random)))
      ;(matrix[i] ?? [])[j] = value
      ;(matrix[j] ?? [])[i] = value
    }
  }
  return { population: 'cell 2, node 3', matrix, labels }
}

function curves() {
  const random = sequence('curves')
  return Array.from({ length: 60 }, (_, i) => {
    const step = (i + 1) * 150
    const progress = 1 - Math.exp(-i / 14)
    return {
      step,
      epoch: step / 900,
      loss: 2.3 * (1 - progress) + 0.31 + 0.03 * normal(random),
      trainAccuracy: 0.1 + 0.8 * progress + 0.008 * normal(random),
      validationAccuracy: i % 6 === 5 ? 0.1 + 0.77 * progress + 0.005 * normal(random) : null,
      learningRate: 0.0025 * (1 + Math.cos((Math.PI * i) / 60)),
    }
  })
}

function confusion() {
  const random = sequence('confusion')
  const matrix = classes.map((_, truth) => {
    const row = classes.map(() => Math.floor(12 * random.next() ** 3))
    row[truth] = 0
    if (truth === 6) row[0] = 148
    if (truth === 2) row[4] = 96
    row[truth] = 1000 - row.reduce((sum, value) => sum + value, 0)
    return row
  })
  return { classes, matrix }
}

function raster() {
  const random = sequence('raster')
  const spikes: [number, number][] = []
  for (let neuron = 0; neuron < 240; neuron++) {
    const drive = random.next() ** 2
    for (let t = 0; t < 8; t++) if (random.next() < drive * (t === 0 ? 0.2 : 0.7)) spikes.push([t, neuron])
  }
  const pixels = Array.from({ length: 28 }, (_, y) =>
    Array.from({ length: 28 }, (_, x) => {
      const inside = y > 4 && y < 25 && Math.abs(x - 13.5) < (y < 11 ? 11 : 6.5)
      return inside ? Math.min(1, 0.55 + 0.4 * random.next()) : 0
    }),
  )
  return {
    population: 'cell 0, node 3',
    timeSteps: 8,
    neurons: 240,
    spikes,
    input: { label: 'sample 17: T-shirt', pixels },
  }
}

function study() {
  const random = sequence('study')
  const points = Array.from({ length: 60 }, (_, i) => {
    const quality = random.next()
    const cellType = 2 + (i % 3)
    return {
      key: `${cellType}|m${i % 5}`,
      cellType,
      parameters: Math.round(40_000 * cellType + 120_000 * random.next()),
      accuracy: 0.78 + 0.05 * quality + 0.015 * (cellType - 2),
      indicators: {
        manhattanSum: 90_000 + 30_000 * quality + 12_000 * normal(random),
        jaccardLogdet: i === 7 ? Number.NaN : 40 + 25 * quality + 14 * normal(random),
        cosineMean: 0.3 + 0.1 * random.next(),
        lspLogdet: -200 + 60 * normal(random),
      },
    }
  })
  const tau = (indicator: string, value: number, difference: number) => ({
    indicator,
    tau: value,
    low: value - 0.16,
    high: value + 0.15,
    differenceToParameters: { value: difference, low: difference - 0.2, high: difference + 0.19 },
  })
  const taus = [
    tau('manhattanSum', 0.44, 0.08),
    tau('jaccardLogdet', 0.31, -0.05),
    tau('cosineMean', 0.02, -0.34),
    tau('lspLogdet', -0.05, -0.41),
    { indicator: 'parameters', tau: 0.36, low: 0.19, high: 0.51 },
  ]
  const verdict =
    'No indicator predicts accuracy better than counting parameters: no interval of the difference lies above 0.'
  return { points, taus, verdict }
}

const winnerKey = paretoPoints()
  .filter((point) => point.onFront)
  .sort((a, b) => b.fitness - a.fitness)[0]?.key

const energy = {
  picojoules: 3.2e7,
  assumptions:
    '4.6 pJ a multiply-accumulate in the stem, 0.9 pJ a synaptic operation, 45 nm; memory traffic not counted',
}

function parts() {
  const seeds = (...accuracies: number[]) => accuracies.map((accuracy, seed) => ({ seed, accuracy }))
  return {
    configuration: {
      population: 24,
      generations: 30,
      timeSteps: 8,
      width: 16,
      batch: 64,
      semantics: 'clean',
      resume: null,
    },
    command: 'neuromotif search fashion-mnist --population 24 --generations 30 --seed 7',
    adapter: {
      vendor: 'mesa',
      architecture: 'x86-64',
      description: 'llvmpipe (LLVM 15, 256 bits)',
      driver: 'Mesa 22.3.6',
      software: true,
    },
    dataset: {
      title: 'Fashion-MNIST',
      source: 'folder ~/data/fashion-mnist, original IDX files',
      classes,
      counts: { train: 54_000, validation: 6_000, test: 10_000 },
      licence: 'MIT',
    },
    firingRates: Array.from({ length: 14 }, (_, i) => ({
      layer: `cell ${Math.floor(i / 3)}, population ${i % 3}`,
      rate: i === 9 ? 0 : 0.05 + 0.2 / (1 + i) + 0.02 * (i % 3),
      neurons: 12_544 >> (i >> 2),
    })),
    comparison: [
      { name: 'winner', seeds: seeds(0.889, 0.893, 0.887), parameters: 187_000 },
      { name: 'random genome', seeds: seeds(0.871, 0.882, 0.866), parameters: 164_000 },
      { name: 'hand-made network', seeds: seeds(0.886, 0.891, 0.884), parameters: 212_000 },
    ],
    notes: [
      'One search seed: how much another seed would change the winner is not known.',
      'The training ran for 10 epochs; published figures come from several hundred.',
    ],
  }
}

/** A report with every section. */
export function fullExample(): ReportInput {
  return {
    title: 'Search and training on Fashion-MNIST',
    createdBy: 'neuromotif 0.1.0',
    createdAt: '2026-11-24',
    ...parts(),
    search: {
      indicator: 'manhattanSum',
      direction: 'maximise',
      evolution: searchPoints('evolution', 118_000, 0.14),
      random: searchPoints('random', 106_000, 0.3),
      evaluations: 720,
      cacheHitRate: 0.084,
      failures: { silent: 11, 'out-of-memory': 2 },
      seconds: 5230,
      genomesPerSecond: 0.1377,
      objectives: ['fitness', 'parameters'],
      hypervolume: Array.from({ length: 30 }, (_, i) => ({
        generation: i + 1,
        value: 0.74 * (1 - 0.5 * Math.exp(-i / 7)),
      })),
      pareto: paretoPoints(),
    },
    winner: {
      genome: Array.from({ length: 121 }, (_, i) => (i === 120 ? 3 : (i * 7) % 2)),
      key: winnerKey ?? '',
      seed: 7,
      parameters: 187_402,
      macs: 12_345_678,
      synapticOperations: 8_400_000,
      energy: { ...energy, picojoules: 4.1e7 },
      graph: exampleGraph(),
      motifs: [
        { cell: 0, name: 'LI' },
        { cell: 2, name: 'FbI' },
        { cell: 5, name: 'FI' },
      ],
    },
    rdm: rdm(),
    training: { curves: curves(), samplesPerSecond: 412, seconds: 1310, epochs: 10 },
    evaluation: {
      accuracy: 0.8893,
      loss: 0.324,
      confusion: confusion(),
      spikesPerSample: 18_420,
      synapticOperations: 7_900_000,
      energy,
    },
    raster: raster(),
    study: study(),
  }
}

/** The least a report may be. */
export function minimalExample(): ReportInput {
  return { title: 'Nothing yet', createdBy: 'neuromotif 0.1.0' }
}
