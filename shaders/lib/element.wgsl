// lib/element — one lane of work is a vec4 of channels where the channel count allows it, else a single channel.
#if ${VEC}
alias Element = vec4f;
#else
alias Element = f32;
#endif
