/** Sensors by the names that jAER, cAER and DV put into headers. */

export interface Sensor {
  /** Layout of its addresses in AEDAT 1 and 2. */
  readonly layout: 'dvs128' | 'davis'
  /** Pixels; null for a sensor of the family whose size is not known here. */
  readonly width: number | null
  readonly height: number | null
}

const sensors: readonly (readonly [RegExp, Sensor])[] = [
  [/dvs128|tmpdiff128/i, { layout: 'dvs128', width: 128, height: 128 }],
  [/davis?240|sbret10/i, { layout: 'davis', width: 240, height: 180 }],
  [/davis?346/i, { layout: 'davis', width: 346, height: 260 }],
  [/davis?640/i, { layout: 'davis', width: 640, height: 480 }],
  [/davis?208/i, { layout: 'davis', width: 208, height: 192 }],
  [/davis?128/i, { layout: 'davis', width: 128, height: 128 }],
  [/davis/i, { layout: 'davis', width: null, height: null }],
]

export const sensorNamed = (name: string | undefined): Sensor | null =>
  sensors.find(([pattern]) => name !== undefined && pattern.test(name))?.[1] ?? null
