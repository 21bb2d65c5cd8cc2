/** The command line as a child process, in a temporary folder, from its sources. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect } from 'vitest'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
/** Makes Node run the sources; for other programs of the tests as well. */
export const loader = pathToFileURL(join(root, 'node_modules/tsx/dist/loader.mjs')).href

/** What Dawn itself writes to standard error on every start, where the engine cannot set it aside. */
const dawnNoise = /^Warning: max\w+ artificially reduced from/

export interface CliResult {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  /** Without the driver's own noise. */
  readonly stderr: string
}

export interface CliOptions {
  readonly environment?: NodeJS.ProcessEnv
  /** Sees everything it prints, as it comes. */
  readonly onText?: (text: string) => void
  /** Makes its standard error a pipe, as in a shell, and not a socket; a line with its exit code follows. */
  readonly throughPipe?: boolean
}

export interface RunningCli {
  readonly child: ChildProcess
  readonly ended: Promise<CliResult>
  /** Sends a signal to the whole group, as a terminal does: the program may have started itself a second time. */
  signal(name: 'SIGINT' | 'SIGKILL'): void
}

/** Starts the command line. */
export function startCli(folder: string, args: readonly string[], options: CliOptions = {}): RunningCli {
  const command = [process.execPath, '--import', loader, join(root, 'src/cli/main.ts'), ...args]
  const shell = ['sh', '-c', '{ { "$@" 2>&1 >&3; echo "code $?"; } | cat >&2; } 3>&1', 'sh']
  const [program = '', ...rest] = options.throughPipe ? [...shell, ...command] : command
  const child = spawn(program, rest, {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    options.onText?.(text)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    options.onText?.(text)
  })
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      const lines = stderr.split('\n').filter((line) => !dawnNoise.test(line))
      resolve({ code, stdout, stderr: lines.join('\n').trim() })
    })
  })
  return {
    child,
    ended,
    signal: (name) => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, name)
    },
  }
}

export const runCli = (
  folder: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<CliResult> => startCli(folder, args, { environment }).ended

/** Runs it and demands success. */
export async function succeed(folder: string, args: readonly string[]): Promise<CliResult> {
  const result = await runCli(folder, args)
  expect(result.code, `${args.join(' ')}\n${result.stderr}\n${result.stdout}`).toBe(0)
  return result
}

/**
 * Demands one clear message on standard error: no stack trace, no exit code of an unforeseen fault, nothing on
 * standard output that could be taken for a result.
 */
export function expectRefusal(result: CliResult, code: number, ...expected: readonly (string | RegExp)[]): void {
  expect(result.code, result.stderr).toBe(code)
  expect(result.stderr).not.toMatch(/^\s+at /m)
  expect(result.stderr).not.toMatch(/Unexpected fault|node:internal/)
  expect(result.stderr.match(/^(E_[A-Z_]+ |error: )/gm), result.stderr).toHaveLength(1)
  for (const pattern of expected) expect(result.stderr).toMatch(pattern)
}

/** A search that takes seconds. */
export const tinySearch = (dataset: string, ...more: readonly string[]): string[] => [
  'search',
  dataset,
  ...['--width', '2', '--steps', '1', '--population', '4', '--generations', '2'],
  ...['--samples', '256', '--fitness-batch', '16', '--compare', '0'],
  ...more,
]

/** Files below a folder, by path, sorted. */
export const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort()

/** Contents of files below a folder, to see later that none was changed, added or lost. */
export const contentsOf = (folder: string): Record<string, string> =>
  Object.fromEntries(filesBelow(folder).map((name) => [name, readFileSync(join(folder, name)).toString('base64')]))

/** An empty folder of a test. */
export const makeFolder = (): string => mkdtempSync(join(tmpdir(), 'neuromotif-cli-'))

export const removeFolder = (folder: string): void => {
  if (folder) rmSync(folder, { recursive: true, force: true })
}
