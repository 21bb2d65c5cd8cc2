/** The numbers a report is made of. */
import { z } from 'zod'

/** A measured number. NaN and infinities become null, which the page shows as a dash. */
export const measure = z
  .custom<number | null>((value) => value === null || typeof value === 'number', 'expected a number or null')
  .transform((value) => (value !== null && Number.isFinite(value) ? value : null))

/** A measured share between 0 and 1; catches percentages handed in by mistake. */
export const fraction = measure.refine((value) => value === null || (value >= 0 && value <= 1), {
  message: 'expected a fraction between 0 and 1',
})

/** A whole number, 0 or more. */
export const count = z.number().int().min(0)

/** Estimated energy a sample, and what the estimate assumes. */
export const energy = z.strictObject({ picojoules: measure, assumptions: z.string() })
