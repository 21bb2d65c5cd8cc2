// lib/tile_gradient — the part of a weight gradient that a workgroup owns, and the output gradient that it reads.
// Needs lib/tile, dy, p.imagesPerChunk and p.firstChunk.

struct Part {
  // of the partial sums
  chunk : u32,
  // tiles of chunks before this one
  tilesBefore : u32,
  // pixels of the chunk, flat over images, rows and columns
  first : u32,
  end : u32,
}

// index : of the workgroup; rows : of the weight table, or what takes their place in a tile
fn partOf(index : u32, rows : u32) -> Part {
  let tileRows = 512u / p.columns;
  let down = (rows + tileRows - 1u) / tileRows;
  let chunk = index / tilesAcross() / down;
  let pixels = p.outputHeight * p.outputWidth;
  let images = chunk * p.imagesPerChunk;
  return Part(p.firstChunk + chunk, chunk * down, images * pixels, min(images + p.imagesPerChunk, p.images) * pixels);
}

fn channelQuads() -> u32 { return (p.outputChannels + 3u) / 4u; }

// whether an input row and column count
fn insideAt(row : i32, column : i32) -> bool {
  return row >= i32(p.crop) && row < i32(p.inputHeight) && column >= i32(p.crop) && column < i32(p.inputWidth);
}

fn loadGradient(pixel : u32, quad : u32) -> vec4f {
  var d = vec4f(0.0);
  if (quad < channelQuads()) {
    #if ${VEC}
    d = dy[(pixel * p.outputStride + p.outputOffset) / 4u + quad];
    #else
    for (var c = 0u; c < min(4u, p.outputChannels - quad * 4u); c++) { d[c] = dy[pixel * p.outputStride + p.outputOffset + quad * 4u + c]; }
    #endif
  }
  return d;
}
