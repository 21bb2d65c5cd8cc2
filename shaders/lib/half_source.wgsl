// lib/half_source — an activation that is read: f16 (HALF_IN, with VEC) or f32; needs Element and lib/half.
#if ${HALF_IN}
alias Source = vec2u;
fn real(value : Source) -> Element { return fromHalves(value); }
#else
alias Source = Element;
fn real(value : Source) -> Element { return value; }
#endif
