// lib/synapse_targets — the 16 targets and 4 output channels that one invocation of a synapse owns.
// Needs weights, bias, y, p with the geometry of synapse/real_forward, and its flags VEC, BIAS, ACCUMULATE and UNTIED.
struct Place { channelGroup : u32, channel : u32, lanes : u32, phase : vec2u, pixel : u32, corner : vec2i }

// of each target: the source of its first tap at phase and origin 0 (a row below 0 where there is no target), its image,
// and its index among all targets; arrays with a dynamic index are longer than 32 so that drivers keep them in memory
var<private> rows : array<i32, 40>;
var<private> columns : array<i32, 40>;
var<private> images : array<u32, 40>;
var<private> targets : array<u32, 40>;

fn findTargets(index : u32) -> Place {
  var place : Place;
  let groupQuads = (p.groupOutputs + 3u) / 4u;
  let quads = p.targetChannels / p.groupOutputs * groupQuads;
  place.channelGroup = index % quads / groupQuads;
  let quad = index % quads % groupQuads;
  place.channel = place.channelGroup * p.groupOutputs + quad * 4u;
  place.lanes = min(4u, p.groupOutputs - quad * 4u);
  #if ${UNTIED > 0}
  // one pixel of 16 images
  let pixels = p.targetHeight * p.targetWidth;
  place.pixel = index / quads % pixels;
  let strip = index / (quads * pixels);
  let at = vec2u(place.pixel / p.targetWidth, place.pixel % p.targetWidth);
  place.phase = at % vec2u(p.phasesY, p.phasesX);
  place.corner = vec2i(at / vec2u(p.phasesY, p.phasesX) * vec2u(p.stepY, p.stepX));
  for (var i = 0u; i < p.stripLength; i++) {
    let image = strip * p.stripLength + i;
    images[i] = image;
    rows[i] = select(-65536, place.corner.x, image < p.images);
    columns[i] = place.corner.y;
    targets[i] = image * pixels + place.pixel;
  }
  #else
  // 16 neighbours in [images, rows, columns] of one phase
  let phases = p.phasesY * p.phasesX;
  let phase = index / quads % phases;
  let strip = index / (quads * phases);
  place.phase = vec2u(phase / p.phasesX, phase % p.phasesX);
  let grid = (vec2u(p.targetHeight + p.phasesY - 1u, p.targetWidth + p.phasesX - 1u) - place.phase) / vec2u(p.phasesY, p.phasesX);
  let divisor = max(grid, vec2u(1u));
  for (var i = 0u; i < p.stripLength; i++) {
    let member = strip * p.stripLength + i;
    let image = member / (divisor.x * divisor.y);
    let row = member / divisor.y % divisor.x;
    let column = member % divisor.y;
    images[i] = image;
    rows[i] = select(-65536, i32(row * p.stepY), member < p.images * grid.x * grid.y);
    columns[i] = i32(column * p.stepX);
    targets[i] = (image * p.targetHeight + row * p.phasesY + place.phase.x) * p.targetWidth + column * p.phasesX + place.phase.y;
  }
  #endif
  return place;
}

// what a tap adds to a target's first source; a phase that the tap does not meet gives a row or column far outside
fn tapOffset(phase : u32, origin : i32, tap : u32, tapStep : i32, phases : u32) -> i32 {
  let number = i32(phase) + origin + i32(tap) * tapStep;
  return select(-65536, number / i32(phases), number % i32(phases) == 0);
}

// first row of a tap's weights in units of taps
fn tapRow(place : Place, source : vec2i, ky : u32, kx : u32) -> u32 {
  #if ${UNTIED == 1}
  return (place.pixel * p.kernelHeight + ky) * p.kernelWidth + kx;
  #elif ${UNTIED == 2}
  return (u32(source.x * i32(p.sourceWidth) + source.y) * p.kernelHeight + ky) * p.kernelWidth + kx;
  #else
  return ky * p.kernelWidth + kx;
  #endif
}

fn weightsAt(row : u32, place : Place) -> vec4f {
  #if ${VEC}
  return weights[(row * p.targetChannels + place.channel) / 4u];
  #else
  var w = vec4f(0.0);
  for (var c = 0u; c < place.lanes; c++) { w[c] = weights[row * p.targetChannels + place.channel + c]; }
  return w;
  #endif
}

fn biasOf(place : Place) -> vec4f {
  var value = vec4f(0.0);
  #if ${BIAS && UNTIED > 0}
  let first = place.pixel * p.targetChannels + place.channel;
  for (var c = 0u; c < place.lanes; c++) { value[c] = bias[first + c]; }
  #elif ${BIAS}
  for (var c = 0u; c < place.lanes; c++) { value[c] = bias[place.channel + c]; }
  #else
  _ = &bias;
  #endif
  return value;
}

fn storeTarget(i : u32, place : Place, value : vec4f) {
  if (rows[i] < 0) { return; }
  let at = targets[i] * p.targetChannels + place.channel;
  #if ${VEC && ACCUMULATE}
  y[at / 4u] += value;
  #elif ${VEC}
  y[at / 4u] = value;
  #else
  for (var c = 0u; c < place.lanes; c++) {
    #if ${ACCUMULATE}
    y[at + c] += value[c];
    #else
    y[at + c] = value[c];
    #endif
  }
  #endif
}
