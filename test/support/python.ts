/** Python as an independent writer and reader of files; tests that use it are left out, saying so, where it is missing. */
import { execFileSync } from 'node:child_process'

/** @param modules that the test needs besides the standard library */
export function needsPython(...modules: readonly string[]): { readonly missing: boolean; readonly because: string } {
  try {
    execFileSync('python3', ['-c', modules.map((name) => `import ${name}`).join('\n')], { stdio: 'ignore' })
    return { missing: false, because: '' }
  } catch {
    const what = ['python3', ...modules].join(' with ')
    return { missing: true, because: ` (left out: ${what} is not on this machine)` }
  }
}

/** Runs a script; its standard output as bytes. */
export const python = (script: string, input: Uint8Array = new Uint8Array(0), ...args: readonly string[]): Uint8Array =>
  new Uint8Array(execFileSync('python3', ['-c', script, ...args], { input, maxBuffer: 2 ** 28 }))
