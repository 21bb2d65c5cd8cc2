import type { DecodedImage } from './decode-image.js'

/**
 * The middle square of a picture, scaled to `side` x `side`: every value is the mean of the source over the area that its
 * pixel covers, which is also right for enlarging (a pixel then covers part of one or two source pixels a direction).
 */
export function squareImage(image: DecodedImage, side: number): DecodedImage {
  const { width, height, channels, pixels } = image
  const source = Math.min(width, height)
  const left = Math.floor((width - source) / 2)
  const top = Math.floor((height - source) / 2)
  if (source === side && width === height) return image
  const spans = coverage(source, side)
  const rows = new Float64Array(side * source * channels)
  // first along x: source rows, target columns
  for (let y = 0; y < source; y++) {
    spans.forEach(({ from, weights }, x) => {
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0
        weights.forEach((weight, k) => {
          sum += weight * (pixels[((top + y) * width + left + from + k) * channels + channel] as number)
        })
        rows[(y * side + x) * channels + channel] = sum
      }
    })
  }
  const squared = new Uint8Array(side * side * channels)
  spans.forEach(({ from, weights }, y) => {
    for (let i = 0; i < side * channels; i++) {
      let sum = 0
      weights.forEach((weight, k) => {
        sum += weight * (rows[(from + k) * side * channels + i] as number)
      })
      squared[y * side * channels + i] = Math.round(sum)
    }
  })
  return { width: side, height: side, channels, pixels: squared }
}

/** For each of `target` cells over `source` cells: the first source cell it meets and the share of each, summing to 1. */
function coverage(source: number, target: number): { from: number; weights: number[] }[] {
  return Array.from({ length: target }, (_, cell) => {
    const [start, end] = [(cell * source) / target, ((cell + 1) * source) / target]
    const from = Math.floor(start)
    const to = Math.min(source, Math.max(from + 1, Math.ceil(end)))
    const weights = Array.from(
      { length: to - from },
      (_, k) => (Math.min(end, from + k + 1) - Math.max(start, from + k)) / (end - start),
    )
    return { from, weights }
  })
}
