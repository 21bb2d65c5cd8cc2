// lib/logistic — 1/(1 + exp(-y)), with the exponent kept within +-80 so that nothing overflows
fn logistic(y : Element) -> Element {
  return 1.0 / (1.0 + exp(clamp(-y, Element(-80.0), Element(80.0))));
}
