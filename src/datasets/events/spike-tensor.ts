/** Events as the spikes of one neuron a pixel and polarity, packed as the engine stores spikes or as zeros and ones. */
import { FrameCursor, type FrameRule, frameBounds } from './frame-rules.js'
import { type EventRecording, eventCount } from './recording.js'

/**
 * A spike where a frame holds at least one event of a pixel and polarity, as bits: neuron n of the flat `[H, W, 2]` is
 * bit n & 31 of word n >> 5, and every step begins a new word.
 *
 * @returns `[T, words]`, words = ceil(H·W·2 / 32), surplus bits zero
 * @throws as `frameBounds`
 */
export function spikeWords(recording: EventRecording, rule: FrameRule): Uint32Array {
  const { key, bounds } = frameBounds(recording, rule)
  const { width, height, x, y, t, polarity } = recording
  const words = Math.ceil((height * width * 2) / 32)
  const packed = new Uint32Array((bounds.length - 1) * words)
  const cursor = new FrameCursor(bounds)
  for (let i = 0; i < eventCount(recording); i++) {
    const step = cursor.at(key === 'time' ? (t[i] as number) : i)
    if (step < 0) continue
    const neuron = ((y[i] as number) * width + (x[i] as number)) * 2 + (polarity[i] as number)
    const at = step * words + (neuron >>> 5)
    packed[at] = (packed[at] as number) | (1 << (neuron & 31))
  }
  return packed
}

/** The same spikes as zeros and ones, `[T, H, W, 2]`. @throws as `frameBounds` */
export function spikeFrames(recording: EventRecording, rule: FrameRule): Float32Array {
  const words = spikeWords(recording, rule)
  const neurons = recording.height * recording.width * 2
  return unpackSpikeWords(words, words.length / Math.ceil(neurons / 32), neurons)
}

/** Packed spikes `[images, words]` as zeros and ones `[images, neurons]`. */
export function unpackSpikeWords(words: Uint32Array, images: number, neurons: number): Float32Array {
  const perImage = Math.ceil(neurons / 32)
  const spikes = new Float32Array(images * neurons)
  for (let image = 0; image < images; image++) {
    for (let n = 0; n < neurons; n++) {
      spikes[image * neurons + n] = ((words[image * perImage + (n >>> 5)] as number) >>> (n & 31)) & 1
    }
  }
  return spikes
}
