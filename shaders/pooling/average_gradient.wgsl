// pooling/average_gradient — dx[n,y,x,c] (+)= sum over the windows that the pixel lies in of dy / what their mean divides by
// in  0 dy f32 [images, OH, OW, C]   out 1 dx f32 [images, H, W, C]
// grid images * H * strips * lanes: an invocation takes stripWidth pixels of a row, side by side, one after the other,
//   since finding a place needs divisions and the next pixel's windows follow from this one's
// flags VEC: a lane is four channels, else one; ACCUMULATE: adds to dx
struct Parameters {
  invocations : u32, sourceHeight : u32, sourceWidth : u32, lanes : u32,
  targetHeight : u32, targetWidth : u32, kernelHeight : u32, kernelWidth : u32,
  strideY : u32, strideX : u32, paddingY : u32, paddingX : u32,
  countPadding : u32, strips : u32, stripWidth : u32,
}
#include "lib/element"
@group(0) @binding(0) var<storage, read> dy : array<Element>;
@group(0) @binding(1) var<storage, read_write> dx : array<Element>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"
#include "lib/pool_window"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let lane = index % p.lanes;
  let strip = index / p.lanes;
  let line = strip / p.strips;
  let image = line / p.sourceHeight;
  let begin = (strip - line * p.strips) * p.stripWidth;
  let end = min(begin + p.stripWidth, p.sourceWidth);
  var over = windowsOver(vec2u(line - image * p.sourceHeight, begin));
  // loops test at the end, since a software driver goes through a body once more than a loop that tests first has trips
  var x = begin;
  loop {
    var sum = Element(0.0);
    var row = over.first.x;
    loop {
      var column = over.first.y;
      loop {
        // a pixel at the edge or between windows may have none
        let inside = row < over.end.x && column < over.end.y;
        let at = select(0u, (image * p.targetHeight + row) * p.targetWidth + column, inside);
        let share = dy[at * p.lanes + lane] / windowCount(windowOf(vec2u(row, column)));
        sum += select(Element(0.0), share, inside);
        continuing {
          column++;
          break if column >= over.end.y;
        }
      }
      continuing {
        row++;
        break if row >= over.end.x;
      }
    }
    let place = (line * p.sourceWidth + x) * p.lanes + lane;
    #if ${ACCUMULATE}
    dx[place] += sum;
    #else
    dx[place] = sum;
    #endif
    // of the next pixel: at most one window ends before it, at most one begins with it
    let next = x + 1u + p.paddingX;
    over.first.y += select(0u, 1u, over.first.y * p.strideX + p.kernelWidth <= next);
    over.end.y += select(0u, 1u, over.end.y * p.strideX <= next && over.end.y < p.targetWidth);
    continuing {
      x++;
      break if x >= end;
    }
  }
}
