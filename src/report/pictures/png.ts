import { MissingDependencyError } from '../../errors.js'
import type { Canvas } from './canvas.js'

/**
 * A picture as PNG.
 * @throws MissingDependencyError when `fast-png` is absent
 */
export async function encodePng({ width, height, pixels }: Canvas): Promise<Uint8Array> {
  const png = await import('fast-png').catch((cause: unknown) => {
    throw new MissingDependencyError(
      'fast-png',
      'this npm package is needed to write pictures and could not be loaded.',
      'Run "npm install fast-png".',
      { cause },
    )
  })
  return png.encode({ width, height, data: pixels, channels: 3, depth: 8 })
}
