import { spawnSync } from 'node:child_process'

/** A step that failed, with a sentence for the user; set-up prints it without a stack trace. */
export class SetupError extends Error {}

/**
 * Runs a program to its end; its output goes to the user's error stream unless `quiet`.
 * @returns what it wrote to standard output when `quiet`, else ''
 * @throws SetupError when it cannot start or ends with another status than 0
 */
export function runCommand(program, args, { quiet = false, cwd, env } = {}) {
  const result = spawnSync(program, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    // 2: messages of helpers never mix into what a command prints for other programs
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 2, 2],
    // npm is a .cmd file on Windows, which only a shell can start
    shell: process.platform === 'win32' && program === 'npm',
  })
  if (result.error) throw new SetupError(`"${program}" could not be started: ${result.error.message}.`)
  if (result.status !== 0) {
    const said = quiet ? `\n${`${result.stdout}${result.stderr}`.trim().split('\n').slice(-12).join('\n')}` : ''
    throw new SetupError(
      `"${program} ${args.join(' ')}" failed (${result.signal ?? `status ${result.status}`}).${said}`,
    )
  }
  return result.stdout ?? ''
}

/** npm by the path of the one that runs this script, if it does; else by name. */
export function runNpm(args, options = {}) {
  const cli = process.env.npm_execpath
  if (cli && /npm-cli\.[cm]?js$/.test(cli)) return runCommand(process.execPath, [cli, ...args], options)
  return runCommand('npm', args, options)
}
