// lib/half_target — an activation that is written: f16 (HALF_OUT, with VEC) or f32; needs Element and lib/half.
#if ${HALF_OUT}
alias Target = vec2u;
fn stored(value : Element) -> Target { return toHalves(value); }
fn restored(value : Target) -> Element { return fromHalves(value); }
#else
alias Target = Element;
fn stored(value : Element) -> Target { return value; }
fn restored(value : Target) -> Element { return value; }
#endif
