/** Every kernel of the engine with every set of flags that an op may ask for. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ShaderFlags, ShaderValue } from '../../src/runtime/expression.js'
import { type KernelDefinition, kernelRegistry } from '../../src/runtime/kernel.js'

const source = join(import.meta.dirname, '../../src')

/** Imports every file that declares a kernel, wherever it is. @returns the declared kernels */
export async function declaredKernels(): Promise<readonly KernelDefinition[]> {
  for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file.endsWith('.gen.ts')) continue
    const path = join(source, file)
    if (/ = defineKernel\(/.test(readFileSync(path, 'utf8'))) await import(/* @vite-ignore */ path)
  }
  return [...kernelRegistry.values()]
}

/** What a flag that is a number may be; other flags are true or false. */
const numbers: Readonly<Record<string, readonly number[]>> = {
  RESET: [0, 1, 2],
  SURROGATE: [0, 1, 2, 3],
  KERNEL: [1, 3, 5],
  ROWS: [16, 32],
  UNTIED: [0, 1, 2],
  BLOCK: [8, 32],
}

/** Sets of flags that contradict what a kernel's header says of them. */
const excluded: Readonly<Record<string, (flags: ShaderFlags) => boolean>> = {
  // spikes are inputs, and only gradients meet weights that belong to source pixels
  'synapse/spike_forward': ({ UNTIED }) => UNTIED === 2,
  'convolution/input_gradient': ({ PAIR, VEC }) => PAIR === true && VEC === false,
  // a carry that was loaded came from a later slab, and then this one stores its own
  'neuron/lif_backward': ({ LOAD_CARRY, STORE_CARRY }) => LOAD_CARRY === true && STORE_CARRY === false,
}

/** @throws Error when a numeric flag has no entry in the table above */
function valuesOf(kernel: KernelDefinition, flag: string): readonly ShaderValue[] {
  if (typeof kernel.flags[flag] === 'boolean') return [false, true]
  const values = numbers[flag]
  if (!values) throw new Error(`${kernel.shader}: say in test/support/kernels.ts which numbers ${flag} may be`)
  return values
}

/** All sets of flags a kernel is used with, in a fixed order. */
export function flagCombinations(kernel: KernelDefinition): ShaderFlags[] {
  let sets: ShaderFlags[] = [{}]
  for (const flag of Object.keys(kernel.flags)) {
    sets = sets.flatMap((set) => valuesOf(kernel, flag).map((value) => ({ ...set, [flag]: value })))
  }
  return sets.filter((set) => !excluded[kernel.shader]?.(set))
}
