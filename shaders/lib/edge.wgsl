// lib/edge — sign clip of a current: 0 neutral, 1 excitatory max(x, 0), 2 inhibitory min(x, 0); and its gradient gate
fn clipSign(x : Element, sign : u32) -> Element {
  let up = max(x, Element(0.0));
  let down = min(x, Element(0.0));
  return select(select(x, up, sign == 1u), down, sign == 2u);
}
fn signGate(x : Element, sign : u32) -> Element {
  let open = select(Element(0.0), Element(1.0), x > Element(0.0));
  let shut = select(Element(0.0), Element(1.0), x < Element(0.0));
  return select(select(Element(1.0), open, sign == 1u), shut, sign == 2u);
}
