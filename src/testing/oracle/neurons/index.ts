/** Every neuron model in float64, by the name it has in the library. */
import { adexModel, eifModel, izhikevichBioModel, izhikevichModel, qifModel } from './adaptive.js'
import { multiCompartmentModel } from './compartments.js'
import {
  cubaModel,
  integratorModel,
  lapicqueModel,
  leakyModel,
  srmAlphaModel,
  srmModel,
  synapticModel,
} from './current.js'
import { gatedLifModel, hodgkinHuxleyModel } from './detailed.js'
import { alifModel, burstModel, ifModel, klifModel, liafModel, lifModel, plifModel, refractoryModel } from './leaky.js'
import type { NeuronModel } from './neuron.js'

export * from './neuron.js'
export * from './psn.js'

export const neuronModels = {
  lif: lifModel,
  if: ifModel,
  plif: plifModel,
  klif: klifModel,
  alif: alifModel,
  refractory: refractoryModel,
  liaf: liafModel,
  burst: burstModel,
  cuba: cubaModel,
  synaptic: synapticModel,
  multiCompartment: multiCompartmentModel,
  leaky: leakyModel,
  lapicque: lapicqueModel,
  srm: srmModel,
  srmAlpha: srmAlphaModel,
  integrator: integratorModel,
  qif: qifModel,
  eif: eifModel,
  adex: adexModel,
  izhikevich: izhikevichModel,
  izhikevichBio: izhikevichBioModel,
  hodgkinHuxley: hodgkinHuxleyModel,
  gatedLif: gatedLifModel,
} as const satisfies Record<string, NeuronModel>

export type NeuronModelName = keyof typeof neuronModels
