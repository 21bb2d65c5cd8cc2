// lib/tile_products — adds a column times a row: a and b are eight numbers down the tile, v and w two quads across it.
c0 += a.x * v;
d0 += a.x * w;
c1 += a.y * v;
d1 += a.y * w;
c2 += a.z * v;
d2 += a.z * w;
c3 += a.w * v;
d3 += a.w * w;
c4 += b.x * v;
d4 += b.x * w;
c5 += b.y * v;
d5 += b.y * w;
c6 += b.z * v;
d6 += b.z * w;
c7 += b.w * v;
d7 += b.w * w;
