/**
 * WGSL that follows from a neuron's definition: its uniform fields, `State`, `Learned`, and how both are read and
 * written. Made here so that a snippet holds equations and nothing else.
 */
import { registerShader } from '../../runtime/shader.js'
import type { NeuronDefinition } from './definition.js'
import { fieldNames } from './numbers.js'

/** Shader name under which a neuron's snippet and declarations are known. */
export const neuronShader = (definition: NeuronDefinition): string => `neuron:${definition.name}`

/** `decayInput` to `DECAY_INPUT`. */
export const flagName = (choice: string): string => choice.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()

const plane = (index: number) => (index === 0 ? 'place' : `place + ${index}u * plane`)

/** `State` with its initial value, and how it is read from a table `[S, B, N]`. */
function stateText(states: readonly string[]): string {
  const load = (table: string) => states.map((_, index) => `${table}[${plane(index)}]`).join(', ')
  return `struct State { ${states.map((state) => `${state} : Element`).join(', ')} }
fn initialState() -> State { return State(${states.map((state) => `Element(p.initial_${state})`).join(', ')}); }
fn loadState(place : u32, plane : u32) -> State { return State(${load('start')}); }
`
}

const storeText = (states: readonly string[], name: string, table: string) =>
  `fn ${name}(state : State, place : u32, plane : u32) {
${states.map((state, index) => `  ${table}[${plane(index)}] = state.${state};`).join('\n')}
}
`

/** Rows of the learned table: one for each number, one for each step of a number that has its own at every step. */
function learnedRows(definition: NeuronDefinition) {
  let scalars = 0
  let sequences = 0
  return Object.entries(definition.learned ?? {}).map(([name, { perStep = false }]) => {
    const row = sequences === 0 ? `${scalars}u` : `${scalars}u + ${sequences}u * p.sequence`
    if (perStep) sequences++
    else scalars++
    return { name, perStep, row, next: sequences === 0 ? `${scalars}u` : `${scalars}u + ${sequences}u * p.sequence` }
  })
}

/** `Learned`, the numbers in `learned` and their gradients in `gradient`; the surrogate's width is the last row. */
function learnedText(definition: NeuronDefinition): string {
  const rows = learnedRows(definition)
  const widthRow = rows.at(-1)?.next ?? '0u'
  const fields = rows.map(({ name, perStep }) => `${name} : ${perStep ? 'array<Element, 40>' : 'Element'}, `).join('')
  const load = rows.map(({ name, perStep, row }) =>
    perStep
      ? `  for (var t = 0u; t < p.sequence; t++) { learned.${name}[t] = weightAt(${row} + t, channel); }`
      : `  learned.${name} = weightAt(${row}, channel);`,
  )
  return `#if \${LEARNED}
#if \${LEARN_WIDTH}
struct Learned { ${fields}width : Element }
#else
struct Learned { ${fields} }
#endif
var<private> learned : Learned;
var<private> gradient : Learned;
fn weightAt(row : u32, channel : u32) -> Element {
  #if \${PER_CHANNEL && VEC}
  let at = row * p.channels + channel;
  return vec4f(weights[at], weights[at + 1u], weights[at + 2u], weights[at + 3u]);
  #elif \${PER_CHANNEL}
  return weights[row * p.channels + channel];
  #else
  return Element(weights[row]);
  #endif
}
fn loadLearned(channel : u32) {
${load.join('\n')}
  #if \${LEARN_WIDTH}
  learned.width = weightAt(${widthRow}, channel);
  #endif
}
#endif
`
}

/** `Input`, and how it is read; of several inputs each is a plane. Vectors and matrices, so that sums of them are sums. */
function inputText(definition: NeuronDefinition): string {
  const { length } = definition.inputs ?? ['x']
  if (length === 1) return 'alias Input = Element;\nfn inputAt(place : u32) -> Input { return real(x[place]); }\n'
  const planes = definition.inputs?.map((_, k) => `real(x[place + ${k}u * p.stepSize])`).join(', ')
  return `#if \${VEC}
alias Input = mat${length}x4f;
#else
alias Input = vec${length}f;
#endif
fn inputAt(place : u32) -> Input { return Input(${planes}); }
`
}

/** Where the gradient of an input goes. */
function inputGradientText(definition: NeuronDefinition): string {
  const { inputs } = definition
  const store = (operator: string) =>
    inputs
      ? inputs.map((_, k) => `  dx[place + ${k}u * p.stepSize] ${operator} value[${k}];`).join('\n')
      : `  dx[place] ${operator} value;`
  return `#if \${INPUT_GRADIENT}
fn storeInputGradient(place : u32, value : Input) {
  #if \${ACCUMULATE}
${store('+=')}
  #else
${store('=')}
  #endif
}
#endif
`
}

/** How the gradients of the learned numbers leave an invocation. */
function gradientText(definition: NeuronDefinition): string {
  const rows = learnedRows(definition)
  const widthRow = rows.at(-1)?.next ?? '0u'
  const keep = rows.map(({ name, perStep, row }) =>
    perStep
      ? `  for (var t = 0u; t < p.sequence; t++) { keepGradient(${row} + t, gradient.${name}[t], place); }`
      : `  keepGradient(${row}, gradient.${name}, place);`,
  )
  return `#if \${PARAMETER_GRADIENT}
fn keepGradient(row : u32, value : Element, place : u32) {
  #if \${VEC && !PER_CHANNEL}
  sums[row * p.invocations + place] = (value.x + value.y) + (value.z + value.w);
  #elif \${!PER_CHANNEL}
  sums[row * p.invocations + place] = value;
  #else
  sums[row * p.stepSize + place] = value;
  #endif
}
fn storeGradient(place : u32) {
${keep.join('\n')}
  #if \${LEARN_WIDTH}
  keepGradient(${widthRow}, gradient.width, place);
  #endif
}
#endif
`
}

/** Registers what the scaffold includes for this neuron. */
export function registerDeclarations(definition: NeuronDefinition): void {
  const name = neuronShader(definition)
  const states = Object.keys(definition.states)
  const state = stateText(states)
  const learned = learnedText(definition)
  const input = inputText(definition)
  const carry = states.map((_, index) => `carry[${plane(index)}]`).join(', ')
  registerShader(name, `#include "${definition.snippet}"\n`)
  registerShader(
    `${name}.fields`,
    fieldNames(definition)
      .map((field) => `${field} : f32,`)
      .join('\n'),
  )
  registerShader(`${name}.forward`, `${input}${state}${storeText(states, 'storeState', 'finish')}${learned}`)
  registerShader(
    `${name}.backward`,
    `${input}${inputGradientText(definition)}${state}fn loadCarry(place : u32, plane : u32) -> State { return State(${carry}); }
${storeText(states, 'storeCarry', 'carry')}${learned}${gradientText(definition)}`,
  )
}
