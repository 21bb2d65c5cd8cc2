/** Neuromotif: evolves and trains spiking neural networks on WebGPU, in Node and in the browser. */

export type { ArchiveEntry } from './archives/entries.js'
export type { ArchiveLimits } from './archives/guard.js'
export { archiveEntries } from './archives/open-archive.js'
export type { SampleKey } from './datasets/augmentation/draws.js'
export type { FrameSample } from './datasets/augmentation/frame-sample.js'
export {
  compose,
  type Labelled,
  type LabelShare,
  Pipeline,
  type SampleSource,
  softTargets,
} from './datasets/augmentation/pipeline.js'
export { transforms } from './datasets/augmentation/registry.js'
export { formatTransforms, parseTransforms, type Transforms } from './datasets/augmentation/specs.js'
export type { Domain, Transform, TransformSpec } from './datasets/augmentation/transform.js'
export * from './datasets/batches.js'
export { catalogue } from './datasets/catalogue/catalogue.js'
export type { CatalogueEntry } from './datasets/catalogue/entry.js'
export { type Cifar100Split, readCifar100Batches, readCifarBatches } from './datasets/cifar.js'
export * from './datasets/containers/cifar-python.js'
export * from './datasets/containers/decode-image.js'
export { type EventColumns, eventsOf, namedColumns } from './datasets/containers/event-columns.js'
export {
  Hdf5Dataset,
  type Hdf5File,
  Hdf5Group,
  type Hdf5Options,
  type Hdf5Values,
  openHdf5,
} from './datasets/containers/hdf5.js'
export * from './datasets/containers/image-folders.js'
export { loadImageFolders } from './datasets/containers/load-image-folders.js'
export * from './datasets/containers/matlab.js'
export * from './datasets/containers/matlab-layouts.js'
export * from './datasets/containers/npy.js'
export * from './datasets/containers/npy-write.js'
export * from './datasets/containers/npz.js'
export * from './datasets/containers/number-table.js'
export type { NumericArray } from './datasets/containers/numeric-array.js'
export { type PickleLimits, unpickle } from './datasets/containers/pickle.js'
export { PickleDict, PickledArray, type PickleValue } from './datasets/containers/pickle-objects.js'
export * from './datasets/containers/sample-cache.js'
export * from './datasets/containers/sample-cache-file.js'
export type { CacheDescription, SampleType } from './datasets/containers/sample-cache-format.js'
export {
  type CachedSample,
  type CacheSink,
  MemorySink,
  writeSampleCache,
} from './datasets/containers/sample-cache-write.js'
export type { NumberColumn } from './datasets/containers/scalar-type.js'
export { openSpikingAudio, type SpikingAudio } from './datasets/containers/spiking-audio.js'
export * from './datasets/dataset.js'
export { datasetFromTree } from './datasets/dataset-from-tree.js'
export * from './datasets/events/annotations.js'
export { type ByteSource, blobSource, bytesSource } from './datasets/events/byte-source.js'
export {
  type EventBatch,
  type EventBinning,
  joinSamples,
  packEventBatch,
  packSample,
} from './datasets/events/event-batch.js'
export * from './datasets/events/event-reader.js'
export * from './datasets/events/event-split.js'
export * from './datasets/events/events.js'
export * from './datasets/events/filters.js'
export {
  type EventStreamFile,
  type EventStreamRecords,
  openEventStream,
} from './datasets/events/formats/event-stream.js'
export {
  type EventStreamInput,
  type EventStreamOptions,
  EventStreamWriter,
  encodeEventStream,
} from './datasets/events/formats/event-stream-writer.js'
export { eventFormatOf, eventFormats, type OpenEventsOptions, openEvents } from './datasets/events/formats/index.js'
export { readSpikeTargets, type SpikeTargets } from './datasets/events/formats/spike-targets.js'
export { type FrameRule, frameBounds, frameCount } from './datasets/events/frame-rules.js'
export * from './datasets/events/frames.js'
export { eventFramesSpec, GpuEventFrames, type GpuFramesOptions } from './datasets/events/gpu-frames.js'
export { type EventFile, openEventFile } from './datasets/events/open-event-file.js'
export * from './datasets/events/recording.js'
export * from './datasets/events/reshape.js'
export * from './datasets/events/spike-tensor.js'
export * from './datasets/events/time-surface.js'
export * from './datasets/events/voxel-grid.js'
export * from './datasets/events/windows.js'
export { type DatasetInfo, datasetInfo, formatDatasetInfo } from './datasets/info.js'
export { findDataset, type LoadOptions, loadDataset } from './datasets/load.js'
export { blobTree, type FileTree, treeOf } from './datasets/samples/file-tree.js'
export type { TreeOptions } from './datasets/samples/load-tree.js'
export { makeSplits, type SplitLimits, type SplitOptions, type Splits } from './datasets/splits.js'
export * from './datasets/types.js'
export * from './errors.js'
export * from './experiment/inspect.js'
export * from './experiment/network.js'
export { profileKernel } from './experiment/profile/kernel.js'
export { profileModel } from './experiment/profile/model.js'
export { ownShaderSchema, parseOwnShaderSettings, profileOwnShader } from './experiment/profile/own-shader.js'
export * from './experiment/report.js'
export * from './experiment/search-run.js'
export {
  presetNames,
  presets,
  resolveSettings,
  type SearchSettings,
  type SearchSettingsInput,
  type TrainingSettings,
} from './experiment/settings.js'
export * from './experiment/store.js'
export * from './experiment/study.js'
export * from './experiment/train-network.js'
export { differentiate } from './graph/differentiate.js'
export { Graph } from './graph/graph.js'
export { type ActivationStorage, storeHalves } from './graph/halves.js'
export { Program } from './graph/program.js'
export * from './learning/batch-feed.js'
export * from './learning/checkpoint.js'
export * from './learning/early-exit.js'
export * from './learning/evaluation.js'
export * from './learning/safetensors.js'
export * from './learning/schedule.js'
export * from './learning/spike-dissimilarity.js'
export * from './learning/trainer.js'
export { exportArchive } from './nas/archive.js'
export * from './nas/decode.js'
export * from './nas/describe.js'
export { canonicalKey, parseGenome, validateGenome } from './nas/genome.js'
export { type FitnessOptions, GpuEvaluator } from './nas/gpu-evaluator.js'
export { hypervolume } from './nas/hypervolume.js'
export { IndicatorAccumulator } from './nas/indicators.js'
export type { Ledger } from './nas/ledger.js'
export { MemoryLedger } from './nas/memory-ledger.js'
export { traceArchitecture } from './nas/network.js'
export { lineage, paretoFront } from './nas/pareto.js'
export { runSearch, type SearchResult } from './nas/search.js'
export type { SearchOptions } from './nas/search-options.js'
export * from './nas/types.js'
export * as nn from './nn/index.js'
export { weightSeed } from './nn/memory.js'
export { Model, type ModelDescription } from './nn/model.js'
export * from './ops/encode.js'
export * from './ops/encode-delta.js'
export * from './ops/encode-population.js'
export * from './ops/encode-rank.js'
export * from './ops/encode-rate.js'
export { type EventFramesSpec, traceEventFrames } from './ops/event-frames.js'
export { defaultLif, type LifParameters, mseNasLif } from './ops/lif.js'
export { type ProductExtent, traceMatrixProduct } from './ops/matrix-product.js'
export {
  defineNeuron,
  type FiringOptions,
  type LearnedParameter,
  type NeuronDefinition,
  type NeuronOptions,
  type NumberParameter,
  neuronRegistry,
  type ResetMode,
} from './ops/neuron/definition.js'
export * as neurons from './ops/neuron/models.js'
export { type NeuronTraceOptions, type TracedNeurons, traceNeurons } from './ops/neuron/neuron.js'
export { type Neuron, resolveNeuron } from './ops/neuron/resolve.js'
export { type SurrogateName, type SurrogateOption, surrogateNames } from './ops/neuron/surrogate.js'
export * from './ops/op.js'
export { traceStackBatch } from './ops/stack-batch.js'
export { renderReport } from './report/html.js'
export type { ReportInput } from './report/report-data.js'
export { type AdapterFacts, Gpu, type GpuOptions, openGpu } from './runtime/gpu.js'
export { defineKernel, type KernelDefinition } from './runtime/kernel.js'
export * from './runtime/philox.js'
export { type DeviceCeilings, measureCeilings } from './runtime/profiler/ceilings.js'
export { type Profile, profilePhases } from './runtime/profiler/profile.js'
export { traceFileOf } from './runtime/profiler/trace-file.js'
export { registerShader, specializeShader } from './runtime/shader.js'
export { version } from './version.js'
