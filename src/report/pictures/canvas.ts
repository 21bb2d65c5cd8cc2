/** A picture in memory, 8 bits of red, green and blue a pixel. */

export type Colour = readonly [red: number, green: number, blue: number]

export class Canvas {
  /** `[H, W, 3]` */
  readonly pixels: Uint8Array

  constructor(
    readonly width: number,
    readonly height: number,
    ground: Colour = [255, 255, 255],
  ) {
    this.pixels = new Uint8Array(width * height * 3)
    this.fill(0, 0, width, height, ground)
  }

  /** Sets a rectangle; what lies outside the picture is left out. */
  fill(left: number, top: number, width: number, height: number, [red, green, blue]: Colour): void {
    const [x0, x1] = [Math.max(0, Math.floor(left)), Math.min(this.width, Math.floor(left) + width)]
    const [y0, y1] = [Math.max(0, Math.floor(top)), Math.min(this.height, Math.floor(top) + height)]
    for (let y = y0; y < y1; y++) {
      for (let x = x0; x < x1; x++) {
        const at = (y * this.width + x) * 3
        this.pixels[at] = red
        this.pixels[at + 1] = green
        this.pixels[at + 2] = blue
      }
    }
  }

  /** A straight line of one pixel's width. */
  line(x0: number, y0: number, x1: number, y1: number, colour: Colour): void {
    const steps = Math.max(1, Math.ceil(Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0))))
    for (let i = 0; i <= steps; i++) {
      this.fill(Math.round(x0 + ((x1 - x0) * i) / steps), Math.round(y0 + ((y1 - y0) * i) / steps), 1, 1, colour)
    }
  }

  /** Puts another picture into this one. */
  place(other: Canvas, left: number, top: number): void {
    const width = Math.min(other.width, this.width - left)
    for (let y = 0; y < Math.min(other.height, this.height - top); y++) {
      const row = other.pixels.subarray(y * other.width * 3, (y * other.width + width) * 3)
      this.pixels.set(row, ((top + y) * this.width + left) * 3)
    }
  }
}

/** Pictures of one size in rows, with a gap between them. */
export function gridOf(pictures: readonly Canvas[], columns: number, gap = 4): Canvas {
  const [first] = pictures
  if (!first) return new Canvas(1, 1)
  const across = Math.min(columns, pictures.length)
  const down = Math.ceil(pictures.length / columns)
  const grid = new Canvas(across * (first.width + gap) + gap, down * (first.height + gap) + gap)
  pictures.forEach((picture, i) => {
    const [column, row] = [i % columns, Math.floor(i / columns)]
    grid.place(picture, gap + column * (first.width + gap), gap + row * (first.height + gap))
  })
  return grid
}

/** Pictures below one another, each from the left edge. */
export function stackOf(pictures: readonly Canvas[], gap = 8): Canvas {
  const width = Math.max(1, ...pictures.map((picture) => picture.width))
  const height = pictures.reduce((sum, picture) => sum + picture.height + gap, -gap)
  const stack = new Canvas(width, Math.max(1, height))
  let top = 0
  for (const picture of pictures) {
    stack.place(picture, 0, top)
    top += picture.height + gap
  }
  return stack
}
