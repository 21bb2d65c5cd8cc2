// The op of docs/kernels.md: y = x / (1 + |x|) with its own WGSL, gradient included, used as a layer.
import {
  defineKernel,
  neuronsOf,
  type nn,
  type OpDefinition,
  registerShader,
  shapeOf,
  slabImages,
  slabsFor,
  type Value,
} from '../src/index.js'

registerShader(
  'mylab/softsign',
  `// mylab/softsign — y = x / (1 + |x|)
// in  0 x f32 [N]   out 1 y f32 [N]
// grid N
struct Parameters { invocations : u32 }
@group(0) @binding(0) var<storage, read> x : array<f32>;
@group(0) @binding(1) var<storage, read_write> y : array<f32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  y[index] = x[index] / (1.0 + abs(x[index]));
}
`,
)
registerShader(
  'mylab/softsign_gradient',
  `// mylab/softsign_gradient — dx (+)= dy / (1 + |x|)^2
// in  0 x f32 [N]   in 1 dy f32 [N]   io 2 dx f32 [N]
// grid N
// flags ACCUMULATE: adds to what other readers of x have left there
struct Parameters { invocations : u32 }
@group(0) @binding(0) var<storage, read> x : array<f32>;
@group(0) @binding(1) var<storage, read> dy : array<f32>;
@group(0) @binding(2) var<storage, read_write> dx : array<f32>;
@group(0) @binding(3) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let d = 1.0 + abs(x[index]);
  #if \${ACCUMULATE}
  dx[index] += dy[index] / (d * d);
  #else
  dx[index] = dy[index] / (d * d);
  #endif
}
`,
)

const forward = defineKernel({
  shader: 'mylab/softsign',
  bindings: { x: 'read', y: 'write' },
  parameters: { invocations: 'u32' },
  flags: {},
  workgroupSize: 64,
})
const backward = defineKernel({
  shader: 'mylab/softsign_gradient',
  bindings: { x: 'read', dy: 'read', dx: 'write' },
  parameters: { invocations: 'u32' },
  flags: { ACCUMULATE: false },
  workgroupSize: 64,
})

const softsignOp: OpDefinition<null> = {
  name: 'softsign',
  lower(context, { inputs, outputs }) {
    const [x, y] = [inputs[0] as Value, outputs[0] as Value]
    const shape = shapeOf(x)
    for (const slab of slabsFor(context, shape)) {
      const invocations = slabImages(shape, slab).count * neuronsOf(shape)
      const views = { x: context.view(x, slab), y: context.view(y, slab) }
      context.dispatch({ kernel: forward, views, parameters: { invocations }, invocations })
    }
  },
  adjoint(context, { inputs, outputs }) {
    const [x, y] = [inputs[0] as Value, outputs[0] as Value]
    const dy = context.gradientOf(y)
    if (!dy || !context.wanted(x)) return
    context.contribute(x, (into) => {
      const dx = into ? context.alias(into, `d ${x.label}`) : context.activation('f32', shapeOf(x), `d ${x.label}`)
      const accumulate = into !== null
      context.emit(softsignGradientOp, [context.saved(x), dy, ...(into ? [into] : [])], [dx], { accumulate })
      return dx
    })
  },
}

const softsignGradientOp: OpDefinition<{ readonly accumulate: boolean }> = {
  name: 'softsignGradient',
  lower(context, { inputs, outputs, attributes }) {
    const [x, dy, dx] = [inputs[0] as Value, inputs[1] as Value, outputs[0] as Value]
    const shape = shapeOf(dx)
    for (const slab of slabsFor(context, shape)) {
      const invocations = slabImages(shape, slab).count * neuronsOf(shape)
      const views = { x: context.view(x, slab), dy: context.view(dy, slab), dx: context.view(dx, slab) }
      const flags = { ACCUMULATE: attributes.accumulate }
      context.dispatch({ kernel: backward, flags, views, parameters: { invocations }, invocations })
    }
  },
}

/** The op as a layer: currents `[T, B, C, H, W]` to values in (-1, 1) of the same shape. */
export const softsign = (): nn.Layer => (scope, x) => {
  const y = scope.graph.activation('f32', shapeOf(x), 'softsign')
  scope.graph.emit(softsignOp, [x], [y], null)
  return y
}
