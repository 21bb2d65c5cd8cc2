import { execFileSync } from 'node:child_process'

/** Shader texts must be collected before any test imports them. */
export default function setup(): void {
  execFileSync(process.execPath, ['scripts/generate-kernels.mjs'], { stdio: 'inherit' })
}
