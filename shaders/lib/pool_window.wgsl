// lib/pool_window — the pixels of an image under a pooling window, and the windows over a pixel; needs p.
struct Window { first : vec2u, end : vec2u }

fn windowOf(place : vec2u) -> Window {
  let start = vec2i(place * vec2u(p.strideY, p.strideX)) - vec2i(vec2u(p.paddingY, p.paddingX));
  let end = start + vec2i(vec2u(p.kernelHeight, p.kernelWidth));
  return Window(vec2u(max(start, vec2i(0))), vec2u(clamp(end, vec2i(0), vec2i(vec2u(p.sourceHeight, p.sourceWidth)))));
}

// what a mean divides by
fn windowCount(window : Window) -> f32 {
  let size = window.end - window.first;
  return f32(select(size.x * size.y, p.kernelHeight * p.kernelWidth, p.countPadding != 0u));
}

// windows, first and end, that the pixel lies in
fn windowsOver(pixel : vec2u) -> Window {
  let stride = vec2u(p.strideY, p.strideX);
  let kernel = vec2u(p.kernelHeight, p.kernelWidth);
  let at = pixel + vec2u(p.paddingY, p.paddingX);
  let first = (max(at + vec2u(1u), kernel) - kernel + stride - vec2u(1u)) / stride;
  return Window(first, min(at / stride + vec2u(1u), vec2u(p.targetHeight, p.targetWidth)));
}
