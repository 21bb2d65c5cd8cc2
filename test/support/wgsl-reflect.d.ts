// the package has types for its root only, and its root exports nothing under Node
declare module 'wgsl_reflect/wgsl_reflect.module.js' {
  export * from 'wgsl_reflect'
}
