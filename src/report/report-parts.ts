/** The parts of a report with an inner structure that must hold together: matrices, spike trains, graphs. */
import { z } from 'zod'
import { count, fraction, measure } from './report-scalars.js'

/** Dissimilarity of every pair of samples, `[B][B]`, in 0..1. */
export const rdmSchema = z
  .strictObject({
    population: z.string(),
    matrix: z.array(z.array(fraction)).min(1),
    /** Class name of each sample, `[B]`. */
    labels: z.array(z.string()),
  })
  .refine((rdm) => rdm.matrix.every((row) => row.length === rdm.matrix.length), {
    message: 'expected a square matrix, one row and one column a sample',
  })
  .refine((rdm) => rdm.labels.length === rdm.matrix.length, {
    message: 'expected one label for each row of the matrix',
  })

/** Number of samples by true class (row) and predicted class (column). */
export const confusionSchema = z
  .strictObject({ classes: z.array(z.string()).min(1), matrix: z.array(z.array(count)) })
  .refine(
    ({ classes, matrix }) => matrix.length === classes.length && matrix.every((row) => row.length === classes.length),
    { message: 'expected one row and one column for each class' },
  )
  .refine(({ classes }) => new Set(classes).size === classes.length, {
    message: 'expected every class to have its own name',
  })

/** Spikes of one population for one sample. */
export const rasterSchema = z
  .strictObject({
    population: z.string(),
    timeSteps: count.min(1),
    neurons: count.min(1),
    /** `[time step, neuron]`, both from 0. */
    spikes: z.array(z.tuple([count, count])),
    /** The sample itself: rows of grey values in 0..1. */
    input: z
      .strictObject({ label: z.string(), pixels: z.array(z.array(fraction).min(1)).min(1) })
      .refine(({ pixels }) => pixels.every((row) => row.length === pixels[0]?.length), {
        message: 'expected rows of equal length',
      })
      .optional(),
  })
  .refine(({ spikes, timeSteps, neurons }) => spikes.every(([t, n]) => t < timeSteps && n < neurons), {
    message: 'expected every spike within the time steps and neurons of the raster',
  })

const nodeKinds = ['stem', 'preprocess', 'node', 'concatenation', 'reduction', 'head'] as const
const edgeKinds = ['convolution', 'identity', 'preprocess', 'concatenation', 'reduction', 'linear'] as const

/** A network as a graph. Cells are columns; the stem is cell -1, the head the number after the last cell. */
export const graphSchema = z
  .strictObject({
    nodes: z
      .array(
        z.strictObject({
          id: z.string(),
          label: z.string(),
          kind: z.enum(nodeKinds),
          cell: z.number().int(),
          /** Channels. */
          width: count,
          /** Pixels. */
          side: count,
        }),
      )
      .min(1),
    edges: z.array(
      z.strictObject({
        from: z.string(),
        to: z.string(),
        sign: z.enum(['excitatory', 'inhibitory', 'neutral']),
        /** Side of the kernel in pixels; null where nothing is convolved. */
        kernel: measure,
        kind: z.enum(edgeKinds),
      }),
    ),
  })
  .refine(({ nodes }) => new Set(nodes.map((node) => node.id)).size === nodes.length, {
    message: 'expected every node to have its own id',
  })
  .refine(
    ({ nodes, edges }) => {
      const ids = new Set(nodes.map((node) => node.id))
      return edges.every((edge) => ids.has(edge.from) && ids.has(edge.to))
    },
    { message: 'expected every edge to join nodes of the graph' },
  )

export type Graph = z.output<typeof graphSchema>
export type GraphNode = Graph['nodes'][number]
export type GraphEdge = Graph['edges'][number]
