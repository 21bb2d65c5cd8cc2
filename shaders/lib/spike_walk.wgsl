// lib/spike_walk — adds the weights of spikes to four outputs: a row of weights is loaded where one of the four has that spike
// Needs `loadWeights` and the flag PAIR: eight channels of an output instead of four. An output without the spike adds
// nothing, whatever the weight is.

// of each four channels, the sums of the four outputs in columns
alias Sums = array<mat4x4f, ${PAIR + 1}>;

fn pickedBy(w : vec4f, bit : u32) -> vec4f {
  return bitcast<vec4f>(bitcast<vec4u>(w) & vec4u(0u - bit));
}
// windows: 32 spikes of each output, whose weights begin at row `first`
fn walkSpikes(windows : vec4u, first : u32, quad : u32, sums : ptr<function, Sums>) {
  var fired = windows.x | windows.y | windows.z | windows.w;
  if (fired == 0u) { return; }
  // tested at its end: a software driver goes once more through a loop that tests first
  loop {
    let k = firstTrailingBit(fired);
    fired &= fired - 1u;
    let spiking = (windows >> vec4u(k)) & vec4u(1u);
    let w = loadWeights(first + k, quad);
    (*sums)[0][0] += pickedBy(w, spiking.x);
    (*sums)[0][1] += pickedBy(w, spiking.y);
    (*sums)[0][2] += pickedBy(w, spiking.z);
    (*sums)[0][3] += pickedBy(w, spiking.w);
    #if ${PAIR}
    let v = loadWeights(first + k, quad + 1u);
    (*sums)[1][0] += pickedBy(v, spiking.x);
    (*sums)[1][1] += pickedBy(v, spiking.y);
    (*sums)[1][2] += pickedBy(v, spiking.z);
    (*sums)[1][3] += pickedBy(v, spiking.w);
    #endif
    continuing {
      break if fired == 0u;
    }
  }
}
