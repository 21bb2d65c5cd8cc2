/** A profile as a trace in the Trace Event format, which ui.perfetto.dev and chrome://tracing open. */
import type { Profile } from './profile.js'

interface TraceEvent {
  readonly name: string
  /** X: a span with a duration; M: a name for a track. */
  readonly ph: 'X' | 'M'
  readonly pid: number
  readonly tid: number
  readonly cat?: string
  /** Microseconds. */
  readonly ts?: number
  readonly dur?: number
  readonly args: Readonly<Record<string, unknown>>
}

const name = (what: 'process_name' | 'thread_name', tid: number, text: string): TraceEvent => ({
  name: what,
  ph: 'M',
  pid: 1,
  tid,
  args: { name: text },
})

/** The text of a trace file: a track for each phase, a span for each dispatch with its cost and its rates. */
export function traceFileOf(profile: Profile): string {
  const tracks = profile.phases.map((phase, index) => name('thread_name', index + 1, phase.name))
  const spans = profile.phases.flatMap((phase, index) => {
    // medians need not fit into the typical run's gaps: a span begins where it did, or when the one before has ended
    let free = 0
    return phase.dispatches.map((dispatch): TraceEvent => {
      const begin = Math.max(free, dispatch.start)
      free = begin + dispatch.milliseconds
      const seconds = dispatch.milliseconds / 1000
      return {
        name: dispatch.kernel,
        cat: 'gpu',
        ph: 'X',
        pid: 1,
        tid: index + 1,
        ts: begin * 1000,
        dur: dispatch.milliseconds * 1000,
        args: {
          op: dispatch.label,
          bytes: dispatch.bytes,
          flops: dispatch.flops,
          gigabytesPerSecond: seconds > 0 ? dispatch.bytes / seconds / 1e9 : 0,
          gigaflopsPerSecond: seconds > 0 ? dispatch.flops / seconds / 1e9 : 0,
          ...(dispatch.spikes && dispatch.ones !== null
            ? { activity: dispatch.ones / Math.max(1, dispatch.spikes.neurons) }
            : {}),
        },
      }
    })
  })
  return `${JSON.stringify({
    displayTimeUnit: 'ms',
    otherData: { target: profile.target, adapter: profile.adapter, timing: profile.timing.note },
    traceEvents: [name('process_name', 0, `GPU: ${profile.adapter}`), ...tracks, ...spans],
  })}\n`
}
