// lib/event_strip — one invocation of convolution/spike_forward_events: 16 pixels of one image and 4 channels, or 8 (PAIR)
// Needs what that file declares, lib/spike_words, lib/channel_quad, lib/strip_moments, lib/spike_walk, and of who includes it: `share`, how many
// windows a lane fetches, and `fourWindows(own, group, firstLane)`, those of pixels 4·group to 4·group+3 out of what the lanes
// from `firstLane` on have fetched. `member` is this lane's place among them; without `live` nothing is stored.
fn finish(c0 : mat4x4f, c1 : mat4x4f, c2 : mat4x4f, c3 : mat4x4f, image : u32, strip : u32, quad : u32, pixels : u32) {
  // longer than 32 elements so that drivers keep it in memory
  var result : array<vec4f, 40>;
  for (var i = 0u; i < 4u; i++) {
    result[i] = c0[i];
    result[i + 4u] = c1[i];
    result[i + 8u] = c2[i];
    result[i + 12u] = c3[i];
  }
  storeStrip(&result, image, strip, quad, pixels);
}

fn eventStrip(index : u32, member : u32, firstLane : u32, live : bool) {
  #if ${PAIR}
  let quads = p.outputChannels / 8u;
  let quad = index % quads * 2u;
  #else
  let quads = (p.outputChannels + 3u) / 4u;
  let quad = index % quads;
  #endif
  let strip = (index / quads) % p.strips;
  let image = index / (quads * p.strips);
  let origin = i32(p.crop) - i32(p.padding);
  let pixels = min(p.stripLength, p.outputHeight * p.outputWidth - strip * p.stripLength);

  var rows : array<i32, 40>;
  var columns : array<i32, 40>;
  // this lane's share of the windows; stepped by hand, since an integer division costs as much as a load
  let mine = member * share;
  var oy = (strip * p.stripLength + mine) / p.outputWidth;
  var ox = (strip * p.stripLength + mine) % p.outputWidth;
  for (var i = 0u; i < share * p.one; i++) {
    rows[i] = select(-65536, i32(oy * p.stride) + origin, mine + i < pixels);
    columns[i] = i32(ox * p.stride) + origin;
    ox++;
    if (ox == p.outputWidth) { ox = 0u; oy++; }
  }
  var c0 : Sums;
  var c1 : Sums;
  var c2 : Sums;
  var c3 : Sums;
  var window : array<u32, 40>;
  let rowBits = p.kernelWidth * p.inputChannels;
  // these loops test at their end: a software driver goes once more through one that tests first
  var ky = 0u;
  loop {
    var j = 0u;
    loop {
      var i = 0u;
      loop {
        let row = rows[i] + i32(ky);
        let column = columns[i];
        let inside = row >= i32(p.crop) && row < i32(p.inputHeight);
        let begin = max(i32(p.crop) - column, 0) * i32(p.inputChannels) - i32(j * 32u);
        let end = min(i32(p.inputWidth) - column, i32(p.kernelWidth)) * i32(p.inputChannels) - i32(j * 32u);
        let start = (row * i32(p.inputWidth) + column) * i32(p.inputChannels) + i32(j * 32u);
        window[i] = select(0u, spikesAt(image, select(0, start, inside)) & bitRange(begin, end), inside);
        continuing {
          i++;
          break if i >= share * p.one;
        }
      }
      let firstWeight = ky * rowBits + j * 32u;
      walkSpikes(fourWindows(&window, 0u, firstLane), firstWeight, quad, &c0);
      walkSpikes(fourWindows(&window, 1u, firstLane), firstWeight, quad, &c1);
      walkSpikes(fourWindows(&window, 2u, firstLane), firstWeight, quad, &c2);
      walkSpikes(fourWindows(&window, 3u, firstLane), firstWeight, quad, &c3);
      continuing {
        j++;
        break if j >= p.runWords;
      }
    }
    continuing {
      ky++;
      break if ky >= p.kernelHeight;
    }
  }
  if (!live) { return; }
  finish(c0[0], c1[0], c2[0], c3[0], image, strip, quad, pixels);
  #if ${PAIR}
  finish(c0[1], c1[1], c2[1], c3[1], image, strip, quad + 1u, pixels);
  #endif
}
