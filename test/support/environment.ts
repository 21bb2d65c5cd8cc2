import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

// The Mesa shader cache turns a kernel's compilation from most of a second into milliseconds; keep it between runs.
const cache = process.env.MESA_SHADER_CACHE_DIR ?? join(homedir(), '.cache', 'neuromotif', 'mesa')
mkdirSync(cache, { recursive: true })
process.env.MESA_SHADER_CACHE_DIR = cache
process.env.NEUROMOTIF_TEST_DATA ??= '../shared/data'
