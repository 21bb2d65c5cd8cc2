// lib/winograd_inputs — the six inputs of a row that four outputs see, transformed for Winograd's F(4, 3) and F(3, 4)
// (points 0, 1, -1, 2, -2, infinity); needs the binding x of vec4f, p.crop and p.inputWidth.
alias Inputs = array<vec4f, 6>;

/** Inputs at column .. column+5; those outside the image are 0. `start` is the place of the first, `step` from one to the next. */
fn transformedInputs(here : bool, start : u32, column : i32, step : u32) -> Inputs {
  var v : Inputs;
  for (var j = 0u; j < 6u; j++) {
    // below the crop wraps round to what is far beyond the width: one comparison for both ends
    let inside = here && u32(column + i32(j)) - p.crop < p.inputWidth - p.crop;
    let value = x[select(0u, start + j * step, inside)];
    v[j] = select(vec4f(0.0), value, inside);
  }
  let even = v[4] - 4.0 * v[2];
  let odd = v[3] - 4.0 * v[1];
  let a = v[4] - v[2];
  let b = 2.0 * (v[3] - v[1]);
  return Inputs(4.0 * v[0] - 5.0 * v[2] + v[4], even + odd, even - odd, a + b, a - b, 4.0 * v[1] - 5.0 * v[3] + v[5]);
}
