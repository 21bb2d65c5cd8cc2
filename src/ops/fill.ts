/** Sets memory to one value. */
import { defineKernel } from '../runtime/kernel.js'

export const fillKernel = defineKernel({
  shader: 'elementwise/fill',
  bindings: { y: 'write' },
  parameters: { invocations: 'u32', value: 'u32' },
  flags: {},
  workgroupSize: 64,
})
