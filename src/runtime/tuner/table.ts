/** The result of tuning: which kernel serves which job on one adapter, with what was measured. */
import { z } from 'zod'
import { ConfigError } from '../../errors.js'

const milliseconds = z.number().finite().nonnegative()

const schema = z.object({
  version: z.literal(1),
  /** `Gpu.name` of the adapter that was measured. */
  adapter: z.string().max(500),
  /** `allKernelsVersion`: choices that were measured with other kernels say nothing about these. */
  kernels: z.string().max(64),
  choices: z.record(z.string().max(200), z.string().max(50)),
  measured: z.array(
    z.object({
      job: z.string().max(100),
      shapeClass: z.string().max(100),
      chosen: z.string().max(50),
      /** Median time of one run by variant; a variant that was refused is not here. */
      milliseconds: z.record(z.string().max(50), milliseconds),
      /** Variants whose numbers differ from the reference variant's, and by how much. */
      refused: z.record(z.string().max(50), z.string().max(200)),
    }),
  ),
})

export type TuningTable = Readonly<z.infer<typeof schema>>
export type TuningRow = TuningTable['measured'][number]

/** Where tables are kept; one text for each adapter. */
export interface TuningStorage {
  load(adapter: string): string | null
  save(adapter: string, text: string): void
}

/** @throws ConfigError when the text is no tuning table */
export function parseTuningTable(text: string, where: string): TuningTable {
  const advice = 'Delete it and run "neuromotif tune".'
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new ConfigError(where, 'must be JSON and cannot be parsed.', advice, { cause })
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new ConfigError(
    where,
    `must be a tuning table; at ${issue?.path.join('.') || 'its top'}: ${issue?.message}.`,
    advice,
  )
}

/** How much faster than the default a variant must be to take its place: less is noise. */
const leastGain = 1.05

/**
 * The variant to use, given the median times of all that computed the right numbers.
 * @param standard what would run without a table; it stays unless another is clearly faster, or it was refused
 */
export function pickVariant(times: Readonly<Record<string, number>>, standard: string): string {
  const [fastest] = Object.entries(times).sort(([, a], [, b]) => a - b)
  if (!fastest) return standard
  const usual = times[standard]
  return usual !== undefined && usual < fastest[1] * leastGain ? standard : fastest[0]
}
