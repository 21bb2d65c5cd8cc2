// lib/grid — index of an invocation in a grid that may be folded over x and y; workgroups of 64.
fn invocationIndex(group : vec3u, groups : vec3u, local : u32) -> u32 {
  return (group.y * groups.x + group.x) * 64u + local;
}
