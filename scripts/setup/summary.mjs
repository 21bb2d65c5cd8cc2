/**
 * The closing line of a test run, from vitest's JSON report.
 *
 * A file that could not be loaded counts as one failed test, and so does a run that failed without naming a test
 * (an unhandled error, a crash, a missing report): the line never says "0 failed" of a run that failed.
 * @param report parsed report, or null
 * @param status exit status of vitest
 */
export function closingLine(report, status) {
  const files = report?.testResults ?? []
  const broken = files.filter(
    (file) => file.status === 'failed' && !(file.assertionResults ?? []).some((test) => test.status === 'failed'),
  ).length
  const named = (report?.numFailedTests ?? 0) + broken
  const failed = named === 0 && status !== 0 ? 1 : named
  const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0)
  const line = `${report?.numPassedTests ?? 0} passed, ${failed} failed`
  return skipped > 0 ? `${line}, ${skipped} skipped` : line
}
