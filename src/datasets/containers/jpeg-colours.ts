/**
 * Red, green and blue from the planes of a JPEG whose colour planes are coarser than its brightness. The decoder repeats
 * a colour sample over the pixels that it covers; here neighbouring samples are mixed 3 to 1, the triangle filter of the
 * JPEG group's own decoder, which on small pictures is visibly nearer to the original.
 *
 * @param planes  `[H, W, 3]` brightness and the two colour differences, the latter repeated; overwritten by the result
 * @param spacing pixels a colour sample covers, 1 or 2 each way
 */
export function smoothColours(
  planes: Uint8Array,
  width: number,
  height: number,
  spacing: { readonly x: number; readonly y: number },
): Uint8Array {
  const blue = upsampled(planes, 1, width, height, spacing)
  const red = upsampled(planes, 2, width, height, spacing)
  for (let i = 0; i < width * height; i++) {
    const brightness = planes[3 * i] as number
    const b = (blue[i] as number) - 128
    const r = (red[i] as number) - 128
    planes[3 * i] = clamped(brightness + 1.402 * r)
    planes[3 * i + 1] = clamped(brightness - 0.344136286 * b - 0.714136286 * r)
    planes[3 * i + 2] = clamped(brightness + 1.772 * b)
  }
  return planes
}

const clamped = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : (value + 0.5) | 0)

/** One colour plane `[H, W]`: along y first, then along x; at the border a sample is its own neighbour. */
function upsampled(
  planes: Uint8Array,
  channel: number,
  width: number,
  height: number,
  spacing: { readonly x: number; readonly y: number },
): Float32Array {
  const columns = Math.ceil(width / spacing.x)
  const rows = Math.ceil(height / spacing.y)
  const out = new Float32Array(width * height)
  const row = new Float32Array(columns)
  for (let y = 0; y < height; y++) {
    const near = Math.floor(y / spacing.y)
    const far = spacing.y === 1 ? near : neighbour(y, near, rows)
    const nearAt = 3 * near * spacing.y * width + channel
    const farAt = 3 * far * spacing.y * width + channel
    const step = 3 * spacing.x
    for (let column = 0; column < columns; column++) {
      row[column] = 0.75 * (planes[nearAt + step * column] as number) + 0.25 * (planes[farAt + step * column] as number)
    }
    for (let x = 0; x < width; x++) {
      const nearColumn = spacing.x === 1 ? x : x >> 1
      const farColumn = spacing.x === 1 ? x : neighbour(x, nearColumn, columns)
      out[y * width + x] = 0.75 * (row[nearColumn] as number) + 0.25 * (row[farColumn] as number)
    }
  }
  return out
}

/** The sample next to `sample` on the side of `pixel`, of two pixels a sample. */
const neighbour = (pixel: number, sample: number, count: number): number =>
  Math.min(count - 1, Math.max(0, pixel & 1 ? sample + 1 : sample - 1))
