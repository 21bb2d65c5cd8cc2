import { OptionError } from '../errors.js'
import { type RandomSequence, toUnit } from '../runtime/philox.js'
import type { EventRecording } from './events/recording.js'

export interface SensorOptions {
  /** Change of log intensity that makes an event, 0.02..10. */
  readonly threshold: number
  /** Whole microseconds a pixel stays silent after an event. */
  readonly refractory: number
  /** Whole microseconds between two looks at the scene; intensity is linear in between. */
  readonly sampling: number
  /** Background events a pixel and second. */
  readonly noise: number
}

/** What the sensor sees at one instant: log intensity, constant (`background`) outside the box of pixels. */
export interface SceneView {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
  logIntensity(x: number, y: number): number
}

export interface Scene {
  readonly width: number
  readonly height: number
  /** Microseconds. */
  readonly duration: number
  /** Log intensity outside every view's box. */
  readonly background: number
  view(time: number): SceneView
}

interface PixelEvent {
  readonly x: number
  readonly y: number
  readonly t: number
  readonly polarity: 0 | 1
}

/**
 * Records a scene with ideal event pixels (Lichtsteiner, Posch & Delbruck, IEEE JSSC 43, 2008): a pixel fires when its
 * log intensity has moved by `threshold` from its reference, then is held in reset for the refractory time, and takes
 * the intensity at release as its new reference. Times are interpolated between looks and floored to microseconds.
 *
 * @throws OptionError on sensor options out of range
 */
export function recordEvents(scene: Scene, sensor: SensorOptions, random: RandomSequence): EventRecording {
  checkSensor(sensor)
  const { width, height, duration } = scene
  const events = [...sceneEvents(scene, sensor), ...noiseEvents(scene, sensor, random)]
  events.sort((a, b) => a.t - b.t || a.y - b.y || a.x - b.x || a.polarity - b.polarity)
  // a background event next to one of the scene must respect the refractory time as well
  const last = new Float64Array(width * height).fill(Number.NEGATIVE_INFINITY)
  const kept = events.filter(({ x, y, t }) => {
    const pixel = y * width + x
    if (t - (last[pixel] as number) < sensor.refractory) return false
    last[pixel] = t
    return true
  })
  return {
    width,
    height,
    duration,
    x: Uint16Array.from(kept, (event) => event.x),
    y: Uint16Array.from(kept, (event) => event.y),
    t: Uint32Array.from(kept, (event) => event.t),
    polarity: Uint8Array.from(kept, (event) => event.polarity),
  }
}

function sceneEvents(scene: Scene, { threshold, refractory, sampling }: SensorOptions): PixelEvent[] {
  const { width, height, duration } = scene
  const events: PixelEvent[] = []
  const current = new Float64Array(width * height).fill(scene.background)
  let before = scene.view(0)
  for (let y = before.top; y <= before.bottom; y++) {
    for (let x = before.left; x <= before.right; x++) current[y * width + x] = before.logIntensity(x, y)
  }
  const reference = current.slice()
  // time at which a pixel leaves reset; infinite when it is not in reset
  const release = new Float64Array(width * height).fill(Number.POSITIVE_INFINITY)
  for (let start = 0; start < duration; start += sampling) {
    const end = Math.min(start + sampling, duration)
    const after = scene.view(end)
    const right = Math.max(before.right, after.right)
    const bottom = Math.max(before.bottom, after.bottom)
    for (let y = Math.min(before.top, after.top); y <= bottom; y++) {
      for (let x = Math.min(before.left, after.left); x <= right; x++) {
        const pixel = y * width + x
        const from = current[pixel] as number
        const to = after.logIntensity(x, y)
        current[pixel] = to
        const slope = (to - from) / (end - start)
        for (;;) {
          const held = release[pixel] as number
          if (held < end) {
            reference[pixel] = from + slope * Math.max(held - start, 0)
            release[pixel] = Number.POSITIVE_INFINITY
          } else if (held < Number.POSITIVE_INFINITY) break
          const level = reference[pixel] as number
          if (Math.abs(to - level) < threshold) break
          const polarity = to > level ? 1 : 0
          const crossing = level + (polarity === 1 ? threshold : -threshold)
          const time = start + Math.max((crossing - from) / slope, 0)
          // rounding can put a crossing on the very end of the recording, which is outside it
          if (Math.floor(time) < duration) events.push({ x, y, t: Math.floor(time), polarity })
          release[pixel] = time + refractory
          if (time + refractory >= end) break
        }
      }
    }
    before = after
  }
  return events
}

function noiseEvents({ width, height, duration }: Scene, { noise }: SensorOptions, random: RandomSequence) {
  const count = Math.floor((noise * width * height * duration) / 1e6 + random.next())
  return Array.from({ length: count }, (): PixelEvent => {
    const x = random.integer(width)
    const y = random.integer(height)
    const t = Math.floor(random.next() * duration)
    return { x, y, t, polarity: toUnit(random.nextWord()) < 0.5 ? 0 : 1 }
  })
}

function checkSensor({ threshold, refractory, sampling, noise }: SensorOptions): void {
  const fail = (name: string, must: string, got: number): never => {
    throw new OptionError(`sensor.${name}`, `must be ${must}; got ${got}.`, 'Leave it out for the default.')
  }
  if (!(threshold >= 0.02 && threshold <= 10)) fail('threshold', 'between 0.02 and 10', threshold)
  if (!Number.isInteger(refractory) || refractory < 0) fail('refractory', 'whole microseconds from 0', refractory)
  if (!Number.isInteger(sampling) || sampling < 1) fail('sampling', 'whole microseconds from 1', sampling)
  if (!(noise >= 0 && noise <= 1000)) fail('noise', 'between 0 and 1000 events a pixel and second', noise)
}
