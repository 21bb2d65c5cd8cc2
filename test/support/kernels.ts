/** Every kernel of the engine with every set of flags that an op may ask for. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ShaderFlags, ShaderValue } from '../../src/runtime/expression.js'
import { type KernelDefinition, kernelRegistry } from '../../src/runtime/kernel.js'

const folder = join(import.meta.dirname, '../../src/ops')

/** Imports every op, so that every kernel is declared. @returns the declared kernels */
export async function declaredKernels(): Promise<readonly KernelDefinition[]> {
  for (const file of readdirSync(folder)) await import(/* @vite-ignore */ join(folder, file))
  return [...kernelRegistry.values()]
}

/** What a flag that is a number may be; other flags are true or false. */
const numbers: Readonly<Record<string, readonly number[]>> = {
  RESET: [0, 1, 2],
  SURROGATE: [0, 1, 2, 3],
  KERNEL: [1, 3, 5],
  ROWS: [16, 32],
}

/** Sets of flags that contradict what a kernel's header says of them. */
const excluded: Readonly<Record<string, (flags: ShaderFlags) => boolean>> = {
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
