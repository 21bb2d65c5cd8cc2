import type { Command } from 'commander'
import { NeuromotifError } from '../../errors.js'
import { readDriverEnvironment } from '../../host/node/driver-environment.js'
import { mebibytes } from '../../runtime/buffer-pool.js'
import { openGpu } from '../../runtime/gpu.js'
import { version } from '../../version.js'
import { makeOutput } from '../output.js'

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('which adapter, driver, limits and features there are; what to install if there is none')
    .option('--json', 'print as JSON', false)
    .action(runDoctor)
}

async function runDoctor(flags: { readonly json: boolean }): Promise<void> {
  const output = makeOutput(flags.json)
  const facts: Record<string, unknown> = {
    neuromotif: version,
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
  }
  try {
    facts.driverRoute = readDriverEnvironment()?.route ?? 'system'
    const gpu = await openGpu()
    const { limits } = gpu.device
    Object.assign(facts, {
      adapter: gpu.name,
      vendor: gpu.facts.vendor,
      architecture: gpu.facts.architecture,
      driver: gpu.facts.device,
      software: gpu.facts.software,
      subgroupSize: gpu.facts.subgroupSize.join('..'),
      memoryBudget: mebibytes(gpu.buffers.budget),
      largestBinding: mebibytes(gpu.maxBinding),
      largestBuffer: mebibytes(limits.maxBufferSize),
      workgroupMemory: `${limits.maxComputeWorkgroupStorageSize} B`,
      storageBuffers: limits.maxStorageBuffersPerShaderStage,
      features: gpu.facts.features.filter((name) => /timestamp|subgroup|f16/.test(name)),
    })
    await gpu.close()
  } catch (error) {
    if (!(error instanceof NeuromotifError)) throw error
    for (const [name, value] of Object.entries(facts)) output.say(`${name.padEnd(16)} ${String(value)}`)
    throw error
  }
  for (const [name, value] of Object.entries(facts))
    output.say(`${name.padEnd(16)} ${Array.isArray(value) ? value.join(', ') : String(value)}`)
  output.say(
    facts.software ? 'Ready. This is a software driver: results are right, speed is that of the processor.' : 'Ready.',
  )
  output.result(facts)
}
