/** Ctrl-C: the first asks the work to save and stop, the second ends at once. */
export function interruptSignal(say: (text: string) => void): { signal: AbortSignal; dispose(): void } {
  const controller = new AbortController()
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(130)
    say('Stopping: finishing the current step and saving. Press Ctrl-C again to stop at once.')
    controller.abort()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return {
    signal: controller.signal,
    dispose: () => {
      process.off('SIGINT', onSignal)
      process.off('SIGTERM', onSignal)
    },
  }
}
