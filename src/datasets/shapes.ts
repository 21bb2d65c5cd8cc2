import type { SceneView } from './event-camera.js'

/** Shapes that look different when turned, so that each can show every motion. */
export const shapeNames = ['bar', 'square', 'triangle', 'half-disc'] as const
export type ShapeName = (typeof shapeNames)[number]

/** Where a shape is: centre and radius of its circle in pixels, orientation. */
export interface MotionPose {
  readonly x: number
  readonly y: number
  readonly radius: number
  readonly cosine: number
  readonly sine: number
}

/** Width in pixels over which an edge goes from full to none. */
const edgeWidth = 1.5
const halfRootThree = 0.8660254037844386

/** Distance to the outline inside the unit circle, negative within; exact near the sides, which is where it is used. */
const outlines: Record<ShapeName, (u: number, v: number) => number> = {
  bar: (u, v) => Math.max(Math.abs(u) - 0.95, Math.abs(v) - 0.3),
  square: (u, v) => Math.max(Math.abs(u), Math.abs(v)) - 0.7,
  triangle: (u, v) => Math.max(halfRootThree * Math.abs(u) + v / 2, -v) - 0.5,
  'half-disc': (u, v) => Math.max(Math.sqrt(u * u + v * v) - 1, -v - 0.1),
}

/**
 * A shape in front of an even ground.
 * @param levels `[257]` log intensity by coverage of a pixel, 0 ground to 256 shape
 */
export function shapeView(shape: ShapeName, pose: MotionPose, side: number, levels: Float64Array): SceneView {
  const { x: centreX, y: centreY, radius, cosine, sine } = pose
  const outline = outlines[shape]
  const reach = radius * 1.2 + edgeWidth
  const inside = (value: number) => Math.min(Math.max(value, 0), side - 1)
  return {
    left: inside(Math.floor(centreX - reach)),
    right: inside(Math.ceil(centreX + reach)),
    top: inside(Math.floor(centreY - reach)),
    bottom: inside(Math.ceil(centreY + reach)),
    logIntensity(x, y) {
      const dx = (x - centreX) / radius
      const dy = (y - centreY) / radius
      const distance = outline(dx * cosine + dy * sine, dy * cosine - dx * sine) * radius
      const coverage = Math.min(Math.max(0.5 - distance / edgeWidth, 0), 1)
      return levels[Math.round(coverage * 256)] as number
    },
  }
}
