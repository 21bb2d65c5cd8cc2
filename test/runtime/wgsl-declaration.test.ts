import { describe, expect, it } from 'vitest'
import { ShaderError } from '../../src/errors.js'
import { specializeShader } from '../../src/runtime/shader.js'
import { readDeclaration } from '../../src/runtime/wgsl-declaration.js'
import { declaredKernels } from '../support/kernels.js'

const kernels = await declaredKernels()
/** The optimisers read a vec4f uniform that is no struct of numbers. */
const ownUniforms = kernels.filter(({ bindings }) => Object.values<string>(bindings).includes('uniform'))
const plain = kernels.filter((kernel) => !ownUniforms.includes(kernel))

const shader = (declarations: string, rest = '@compute @workgroup_size(64) fn main() {}') => `${declarations}\n${rest}`

describe('declarations read from WGSL', () => {
  it.each(plain.map((kernel) => [kernel.shader, kernel] as const))('are those of %s', (_, kernel) => {
    const read = readDeclaration(kernel.shader, specializeShader(kernel.shader, kernel.flags))
    expect(Object.fromEntries(read.bindings.map(({ name, access }) => [name, access]))).toEqual(kernel.bindings)
    expect(Object.entries(read.parameters)).toEqual(Object.entries(kernel.parameters))
    expect(read.workgroupSize).toBe(kernel.workgroupSize)
  })

  it('know element types through aliases, atomics and either way of writing vectors', () => {
    const text = shader(`alias Quad = vec4<f32>; alias Four = Quad; // alias Four = u32;
      @group(0) @binding(0) var<storage> a : array<Four>;
      @binding(1) @group(0) var<storage, read_write> b : array<atomic<u32>, 7>; /* @group(0) @binding(9) var<storage> z : array<f32>; */
      @group(0) @binding(2) var<storage, read> c : array<vec2i>;
      @group(0) @binding(3) var<storage, read> d : array<vec3f>;`)
    expect(readDeclaration('test', text)).toEqual({
      bindings: [
        { name: 'a', access: 'read', scalar: 'f32', lanes: 4 },
        { name: 'b', access: 'write', scalar: 'u32', lanes: 1 },
        { name: 'c', access: 'read', scalar: 'i32', lanes: 2 },
        // a vec3 takes the room of four
        { name: 'd', access: 'read', scalar: 'f32', lanes: 4 },
      ],
      parameters: {},
      workgroupSize: 64,
    })
  })

  it('multiply the sides of a workgroup', () => {
    const text = shader(
      '@group(0) @binding(0) var<storage, read_write> y : array<u32>;',
      '@compute @workgroup_size(8, 4, 2) fn main() {}',
    )
    expect(readDeclaration('test', text).workgroupSize).toBe(64)
  })

  const y = '@group(0) @binding(0) var<storage, read_write> y : array<u32>;'
  it.each([
    ['nothing bound', shader(''), 'declares no bindings'],
    ['a gap', shader(y.replace('binding(0)', 'binding(1)')), 'y is binding 1'],
    ['another group', shader(y.replace('group(0)', 'group(1)')), 'of group 1'],
    ['a struct element', shader(y.replace('u32', 'Thing')), 'must be a storage array'],
    ['half precision', shader(y.replace('u32', 'f16')), 'must be a storage array'],
    ['no array', shader(y.replace('array<u32>', 'u32')), 'must be a storage array'],
    [
      'a uniform that is not last',
      shader(`@group(0) @binding(0) var<uniform> p : P;${y.replace('(0) var', '(1) var')}`),
      'p must be',
    ],
    [
      'a uniform with a vector',
      shader(`struct P { a : vec4f } ${y} @group(0) @binding(1) var<uniform> p : P;`),
      'found "a : vec4f"',
    ],
    ['a uniform of no struct', shader(`${y} @group(0) @binding(1) var<uniform> p : vec4f;`), 'vec4f is none'],
    ['no entry point', shader(y, 'fn helper() {}'), 'needs an entry point'],
    ['a workgroup named by a constant', shader(y, '@compute @workgroup_size(SIZE) fn main() {}'), 'must be numbers'],
  ])('are refused with %s', (_, text, message) => {
    expect(() => readDeclaration('test', text)).toThrow(ShaderError)
    expect(() => readDeclaration('test', text)).toThrow(message)
  })
})
