// lib/tile_sums — sums of an invocation: 8 down by two quads of channels, c the first and d the second.
var c0 = vec4f(0.0);
var c1 = vec4f(0.0);
var c2 = vec4f(0.0);
var c3 = vec4f(0.0);
var c4 = vec4f(0.0);
var c5 = vec4f(0.0);
var c6 = vec4f(0.0);
var c7 = vec4f(0.0);
var d0 = vec4f(0.0);
var d1 = vec4f(0.0);
var d2 = vec4f(0.0);
var d3 = vec4f(0.0);
var d4 = vec4f(0.0);
var d5 = vec4f(0.0);
var d6 = vec4f(0.0);
var d7 = vec4f(0.0);
