// lib/tile_result — the sums by a variable index. The array is longer than they are, so that drivers keep it in memory.
var result : array<vec4f, 40>;
result[0] = c0;
result[1] = c1;
result[2] = c2;
result[3] = c3;
result[4] = c4;
result[5] = c5;
result[6] = c6;
result[7] = c7;
result[8] = d0;
result[9] = d1;
result[10] = d2;
result[11] = d3;
result[12] = d4;
result[13] = d5;
result[14] = d6;
result[15] = d7;
