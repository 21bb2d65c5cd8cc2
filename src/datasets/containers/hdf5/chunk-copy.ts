/**
 * Copies what a chunk and a box of a larger array have in common. Both are row-major without gaps.
 *
 * @param start      place of the chunk's first element in the whole array
 * @param chunkShape elements of the chunk along each axis
 * @param boxStart   place of the box's first element
 * @param boxShape   elements of the box along each axis
 * @param size       bytes of an element
 */
export function copyOverlap(
  chunk: Uint8Array,
  start: readonly number[],
  chunkShape: readonly number[],
  box: Uint8Array,
  boxStart: readonly number[],
  boxShape: readonly number[],
  size: number,
): void {
  const rank = start.length
  const low = start.map((at, axis) => Math.max(at, boxStart[axis] as number))
  const high = start.map((at, axis) =>
    Math.min(at + (chunkShape[axis] as number), (boxStart[axis] as number) + (boxShape[axis] as number)),
  )
  if (low.some((at, axis) => at >= (high[axis] as number))) return
  const run = ((high[rank - 1] as number) - (low[rank - 1] as number)) * size
  const index = low.slice()
  for (;;) {
    let from = 0
    let to = 0
    for (let axis = 0; axis < rank; axis++) {
      from = from * (chunkShape[axis] as number) + (index[axis] as number) - (start[axis] as number)
      to = to * (boxShape[axis] as number) + (index[axis] as number) - (boxStart[axis] as number)
    }
    box.set(chunk.subarray(from * size, from * size + run), to * size)
    let axis = rank - 2
    for (; axis >= 0; axis--) {
      const next = (index[axis] as number) + 1
      index[axis] = next
      if (next < (high[axis] as number)) break
      index[axis] = low[axis] as number
    }
    if (axis < 0) return
  }
}
