// Shown in docs/kernels.md; test/docs/check-own-kernel.test.ts runs it.
import { defineKernel, registerShader } from '../src/index.js'
import { awkwardSize, kernelProperty } from '../src/properties/index.js'

/** rate[c] = (1/T) * sum over t of s[t, c], with `words` words of packed spikes a step. */
const shader = (name: string, words: string) => `// ${name} — rate[c] = sum over t of s[t, c] / T
// in  0 spikes u32 [T, words]   out 1 rate f32 [C]
// grid C
struct Parameters { channels : u32, steps : u32 }
@group(0) @binding(0) var<storage, read> spikes : array<u32>;
@group(0) @binding(1) var<storage, read_write> rate : array<f32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let c = invocationIndex(group, groups, local);
  if (c >= p.channels) { return; }
  let words = ${words};
  var count = 0u;
  for (var t = 0u; t < p.steps; t++) { count += (spikes[t * words + c / 32u] >> (c & 31u)) & 1u; }
  rate[c] = f32(count) / f32(p.steps);
}
`

function ratesKernel(name: string, words: string) {
  registerShader(name, shader(name, words))
  return defineKernel({
    shader: name,
    bindings: { spikes: 'read', rate: 'write' },
    parameters: { channels: 'u32', steps: 'u32' },
    flags: {},
    workgroupSize: 64,
  })
}

/** What must hold, said once for both: the oracle is the equation, in float64. */
const ratesProperty = (kernel: ReturnType<typeof ratesKernel>) =>
  kernelProperty(
    kernel,
    ({ spikes = new Float64Array() }, { numbers: { channels = 0, steps = 0 } }) => ({
      rate: Float64Array.from({ length: channels }, (_, c) => {
        let count = 0
        for (let t = 0; t < steps; t++) count += spikes[t * channels + c] ?? Number.NaN
        return count / steps
      }),
    }),
    {
      numbers: { channels: awkwardSize(65), steps: awkwardSize(7) },
      inputs: ({ channels = 0, steps = 0 }) => ({ spikes: { kind: 'spikes', images: steps, neurons: channels } }),
      outputs: ({ channels = 0 }) => ({ rate: { kind: 'f32', elements: channels } }),
      parameters: (numbers) => numbers,
      invocations: ({ channels = 0 }) => channels,
    },
  )

/** Wrong unless channels fill whole words: every step but the first is read from the wrong place. */
export const brokenRates = ratesProperty(ratesKernel('mylab/rates_broken', 'p.channels / 32u'))
export const rates = ratesProperty(ratesKernel('mylab/rates', '(p.channels + 31u) / 32u'))
