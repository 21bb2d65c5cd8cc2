declare module 'wgsl-preprocessor/wgsl-preprocessor.js' {
  /** Template tag: keeps or drops the lines between #if ${condition}, #elif, #else and #endif. */
  export function wgsl(strings: readonly string[], ...values: unknown[]): string
}
