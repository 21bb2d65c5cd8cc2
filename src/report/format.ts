/** Numbers as people read them. Whatever is not a finite number is a dash. */

export const dash = '–'

type Measure = number | null | undefined

const isFiniteNumber = (value: Measure): value is number => typeof value === 'number' && Number.isFinite(value)

/** Significant digits with grouped thousands: 12,300 or 0.0123; powers of ten outside 1e-4..1e15. */
export function formatNumber(value: Measure, digits = 3): string {
  if (!isFiniteNumber(value)) return dash
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-4 || size >= 1e15)) return value.toExponential(digits - 1).replace('-', '−')
  return new Intl.NumberFormat('en-US', { maximumSignificantDigits: Math.max(digits, size >= 1000 ? 4 : digits) })
    .format(value)
    .replace('-', '−')
}

/** A whole number in full: 12,345. */
export function formatInteger(value: Measure): string {
  if (!isFiniteNumber(value)) return dash
  return new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 }).format(value).replace('-', '−')
}

/** A large count in short: 417 k, 12.3 M. */
export function formatCount(value: Measure): string {
  if (!isFiniteNumber(value)) return dash
  for (const [size, unit] of [
    [1e12, 'T'],
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (Math.abs(value) >= size) return `${formatNumber(value / size)} ${unit}`
  }
  return formatNumber(value)
}

/** A fraction as percent with one decimal. */
export function formatPercent(value: Measure, decimals = 1): string {
  return isFiniteNumber(value) ? `${(100 * value).toFixed(decimals).replace('-', '−')} %` : dash
}

/** The unit in which energies up to `picojoules` read well, and how many picojoules it has. */
export function energyUnit(picojoules: number): { readonly unit: string; readonly size: number } {
  if (picojoules >= 1e9) return { unit: 'mJ', size: 1e9 }
  if (picojoules >= 1e6) return { unit: 'µJ', size: 1e6 }
  if (picojoules >= 1e3) return { unit: 'nJ', size: 1e3 }
  return { unit: 'pJ', size: 1 }
}

/** Picojoules in a fitting unit. */
export function formatEnergy(picojoules: Measure): string {
  if (!isFiniteNumber(picojoules)) return dash
  const { unit, size } = energyUnit(Math.abs(picojoules))
  return `${formatNumber(picojoules / size)} ${unit}`
}

/** Seconds as seconds, minutes or hours. */
export function formatDuration(seconds: Measure): string {
  if (!isFiniteNumber(seconds)) return dash
  if (seconds < 120) return `${formatNumber(seconds)} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
