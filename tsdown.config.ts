import { defineConfig } from 'tsdown'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    testing: 'src/properties/index.ts',
    cli: 'src/cli/main.ts',
    'sample-worker': 'src/datasets/samples/sample-worker.ts',
  },
  format: 'esm',
  // the main entry also runs in browsers; what needs Node is imported by name and stays external
  platform: 'neutral',
  target: 'es2022',
  outDir: 'dist',
  clean: true,
  fixedExtension: false,
  sourcemap: true,
  dts: true,
  // the declarations name GPUDevice and its kin
  banner: { dts: '/// <reference types="@webgpu/types" />' },
  // packages of "dependencies" are left out by tsdown itself
  deps: { neverBundle: [/^node:/] },
})
