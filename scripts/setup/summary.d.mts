export interface TestReport {
  numPassedTests?: number
  numFailedTests?: number
  numPendingTests?: number
  numTodoTests?: number
  testResults?: { status: string; assertionResults?: { status: string }[] }[]
}
export function closingLine(report: TestReport | null, status: number): string
