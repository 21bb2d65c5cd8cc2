// lib/tile — how a workgroup of 64 divides a tile of pixels and channels, and what its pixels look at.
// Needs p.columns, images, outputChannels and the geometry of a convolution.

// An invocation owns two runs of four pixels and two quads of channels: lanes side by side read vectors side by side.
struct Tile {
  first : u32,
  firstQuad : u32,
  // quads of channels and fours of pixels in the tile
  quads : u32,
  fours : u32,
  // place of the invocation: p.columns across, `lines` down
  column : u32,
  line : u32,
  lines : u32,
}

fn tilesAcross() -> u32 { return (p.outputChannels + 8u * p.columns - 1u) / (8u * p.columns); }

fn tileOf(index : u32, local : u32) -> Tile {
  let quads = 2u * p.columns;
  let lines = 64u / p.columns;
  let across = tilesAcross();
  return Tile(
    index / across * 8u * lines, index % across * quads, quads, 2u * lines, local % p.columns, local / p.columns, lines,
  );
}

fn pixelCount() -> u32 { return p.images * p.outputHeight * p.outputWidth; }

// where the i-th of the eight pixels of this invocation lies in the tile
fn downOf(tile : Tile, i : u32) -> u32 {
  return 4u * select(tile.line, tile.lines + tile.line, i >= 4u) + i % 4u;
}

// Where the window of an output pixel begins: input row, column, image. Pixels past the last one look at nothing.
fn windowOf(pixel : u32) -> vec3i {
  let row = pixel / p.outputWidth;
  let image = row / p.outputHeight;
  let origin = i32(p.crop) - i32(p.padding);
  let top = i32((row - image * p.outputHeight) * p.stride) + origin;
  let left = i32((pixel - row * p.outputWidth) * p.stride) + origin;
  return vec3i(select(-32768, top, pixel < pixelCount()), left, i32(image));
}

// The same of four pixels in a row, with the input pixel there.
struct Windows { top : vec4i, left : vec4i, at : vec4i }

fn windowsOf(first : u32) -> Windows {
  let a = windowOf(first);
  let b = windowOf(first + 1u);
  let c = windowOf(first + 2u);
  let d = windowOf(first + 3u);
  let top = vec4i(a.x, b.x, c.x, d.x);
  let left = vec4i(a.y, b.y, c.y, d.y);
  let image = vec4i(a.z, b.z, c.z, d.z);
  return Windows(top, left, (image * i32(p.inputHeight) + top) * i32(p.inputWidth) + left);
}

fn insideOf(windows : Windows, ky : u32, kx : u32) -> vec4<bool> {
  let row = windows.top + vec4i(i32(ky));
  let column = windows.left + vec4i(i32(kx));
  let least = vec4i(i32(p.crop));
  let rows = (row >= least) & (row < vec4i(i32(p.inputHeight))) & vec4<bool>(ky < p.kernelHeight);
  return rows & (column >= least) & (column < vec4i(i32(p.inputWidth)));
}

fn pixelsAt(windows : Windows, ky : u32, kx : u32) -> vec4i {
  return windows.at + vec4i(i32(ky * p.inputWidth + kx));
}
