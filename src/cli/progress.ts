/** Progress of long work: a bar with rate and remaining time on a terminal, plain lines otherwise. */
import { Presets, SingleBar } from 'cli-progress'

export interface Progress {
  /** @param note short text behind the bar: loss, best score */
  update(done: number, note?: string): void
  finish(note?: string): void
}

const plainIntervalMilliseconds = 10_000

export const formatSeconds = (seconds: number): string => {
  if (!Number.isFinite(seconds)) return '–'
  if (seconds < 90) return `${Math.round(seconds)} s`
  if (seconds < 5400) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`
}

/**
 * @param from units already done before this process started: they count as done, not as speed
 * @param scale units a step stands for, for the rate (samples a batch)
 */
export function startProgress(
  title: string,
  total: number,
  unit: string,
  options: { from?: number; scale?: number } = {},
): Progress {
  const { from = 0, scale = 1 } = options
  const started = performance.now()
  const rateAt = (done: number) => ((done - from) * scale) / ((performance.now() - started) / 1000)
  const remaining = (done: number) => ((total - done) * scale) / rateAt(done)
  const describe = (done: number) =>
    done > from
      ? `${rateAt(done).toFixed(rateAt(done) < 10 ? 2 : 0)} ${unit}/s, ${formatSeconds(remaining(done))} left`
      : ''
  if (process.stderr.isTTY) {
    const bar = new SingleBar(
      { format: `${title} {bar} {value}/{total} {speed} {note}`, hideCursor: true, stream: process.stderr, fps: 5 },
      Presets.shades_classic,
    )
    bar.start(total, from, { speed: '', note: '' })
    return {
      update: (done, note = '') => bar.update(done, { speed: describe(done), note }),
      finish: (note = '') => {
        bar.update({ note })
        bar.stop()
      },
    }
  }
  let printed = Number.NEGATIVE_INFINITY
  let last = from
  const print = (done: number, note: string) => {
    printed = performance.now()
    process.stderr.write(`${title}: ${done}/${total} ${describe(done)}${note ? `, ${note}` : ''}\n`)
  }
  return {
    update: (done, note = '') => {
      last = done
      if (performance.now() - printed >= plainIntervalMilliseconds) print(done, note)
    },
    finish: (note = '') => print(last, note || 'done'),
  }
}
