/** Checkpoints as safetensors over any place that keeps bytes by name. */
import { decodeSafetensors, encodeSafetensors } from '../learning/safetensors.js'
import type { CheckpointStore } from '../learning/trainer.js'

export interface ByteStore {
  readBytes(name: string): Promise<Uint8Array | null>
  /** Must be durable when the promise resolves. */
  writeBytes(name: string, bytes: Uint8Array): Promise<void>
}

/** One named checkpoint in a byte store. */
export const checkpointIn = (store: ByteStore, name: string): CheckpointStore => ({
  async load() {
    const bytes = await store.readBytes(name)
    return bytes ? decodeSafetensors(bytes, name) : null
  },
  save: (file) => store.writeBytes(name, encodeSafetensors(file)),
})
