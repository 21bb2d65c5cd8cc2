/** What the reference packers make of known bytes, in base64. */
import type { Row } from './recordings.js'

/** The events in `packedEvents` and `packedEventsOfAStream`: a FlatBuffer EVTS, as `eventsFlatBuffer` writes it. */
export const packedRows: readonly Row[] = Array.from({ length: 300 }, (_, i) => ({
  x: (i * 7) % 640,
  y: 100 + (i % 3),
  t: 1_000_000 + 10 * i,
  p: i % 2,
}))

/** By `zstd -19`: content size and checksum. */
export const packedEvents =
  'KLUv/WTgEW0eAJaxwCdQ9hzJa9azde5UedkqTHGIC90ZzULhJl4dEnJ9AULXFwp1hK2kTAGxALcAuQCPjIeGf4B2em10ZW5baHex+lZRVY+9Zull' +
  'bhK03rGwcWgbsHx3bzIMsvt5Ne3nK1g//0D6eQXOzxNQfh6A0XgweG93zlYNNmwVq9QOSteUV+o8uhVXBkf81HdpOfTalzGbIX8BZ+HeYZ1S6aFE' +
  'mfHInMQ3IMwd+43kbN31/+d//WdQLf100/+f/0q/YV7/5/j/n/9LfwCu9D9CO+Z//uN/8/+//M1fwCcONPP/T/gf3RpEmfHInMQ3IMwd+43kbN31' +
  '+Qyqz6ebPt8w//w5/vkB+Od/DDHK70cuBu2D6zn105RHiz17MWsnWxtLDz0DLfcc6wrf+tLoxta4xqy0oKLqSkZD8h2eN7xFpqSF44QihOH/DYL/' +
  'Lf77/w8h/D9a9/8C2f/Lql6iWJpSk02LSIJDeT5xOGgzXy9WKU8jR7/vAPo9Bs7vJdq/Z2D//iDk9wIayRHDCb5/RgDXePa39Rb1VfS08/PyUjLC' +
  'n0frfr5A9vNl1WNRYU3eydvFWEHWPNO4ULTNL0sryKfFI0KgPxy89hybLeRMAyxCK2HqwwWejJN+i25/XnVOaT5jLlUeSw49/v7XsPt/ou1/h7L/' +
  'Ebb+N9//5+tbRVU99pqll7lJ0HrHwsahbcDybXqTYZDd36tpf1/B+vsH0t8rcP6egPL3AIzGg8F7u3O2arBhq1ildlC6prxS59GtuDI44qe+S8uh' +
  '136N2Qz5CzgL9w7rlEoPDf9//tc/4q4gLR+rHSkcpxolGWPX4NVe1ByT2lGYEFaP/YbulrvooLhFVv7nGPn/Qv1/RPr/BfT/Bj/H/H8A8hdwFu4d' +
  '1imVHkqUGY/MSXwDwtyx30jO1l2/z6D6fbrp9w3z35/jvx+A//7HEKP8fuRi0D64nlM/Tnm02LMXs3aytbH00DPQcs+xrvCtL41ubI1rzEoLKqqu' +
  'ZDQk3+F5w1tkSlo4TihCGD6/QfB5i3/zPw8RglWoEmCs12jvYu5lDBIIEvAH8k10jhFhz5ftzbL2UGiYuYsDyurplrpE7wIBOIBB/K49crGSALvT' +
  'tZWqHfQJdnxdeolwJwhKoAgt6Qed4q3RrXRu/onLgADYZTWS/Z/+Zr72RM1cDgzAjnWBJZVrNVn87X1YIN3p2tCrPCB4EAIQAYcNAk66APW+2GiR' +
  'NH/Ueus4GS/cAQG9JFetStcBndGZvOEsMBu3fm2+05mQURmaoI3rAI2+xgpyHjRhHzRzo2/hlMOYcCvePDYa'

/** By `zstd -3` from a pipe: no content size. */
export const packedEventsOfAStream =
  'KLUv/QRYPR0AVDDcEgAAEAAAAEVWVFMGAAgABAAAAAgAACwBAABAQg8AZABKBwBlAAEAAABUDgBmXhUAZGgcAGVyIwBmfCqGMZA4mj+kRq5NuFTC' +
  'W8xi1mngcOp39H7+hQhDjBJDkxxDmiZDoTBDqDpDr0S2Tr1YxGLLbNJ22YDgiueU7p71qPyyAwG8CgHGEQHQGAHaHwHkJgHuLfg0AkQ7DERCFkRJ' +
  'IERQKkRXNERePmVIbFJzXHpmgXCIeo+Elo6dmKSiq6yytrnAwMrH1M7e1ejc8uP86gZF8RBF+BpF/yRFBgIuRQ0COEUUAkIbAkwiAlYpAmAwajd0' +
  'Pn5FiEySU5xapmGwaLpvxHbOfdgEAOILAOwSAPYZAABGIAAKRicAFEYuHkY1KEY8MkZDPEpGUVBYWl9kZm5teHSCe4yClomgkKqXtJ6+pcis0rPc' +
  'uubB8Mj6zwRH1g5H3RhH5CJH6yxH8jZH+UAAAUoHAVQOAV4VAWgcAXIjAXwqhjGQOJo/pEauTbhUwlvMYtZp4HDqd/R+/oUISIwSSJMcSJomSKEw' +
  'SKg6SK9Etk69WMRiy2zSdtmA4IrnlO6e9aj8sgMCvAoCxhEC0BgC2h8C5CYC7i34NAJJOwxJQhZJSSBJUCpJVzRJXj5lSGxSc1x6ZgEAcAgAeg8A' +
  'hBYAjh0AmCQAoiusMrY5wEDKR9RO3lXoXPJj/GoGSnEQSngaSn8kSoYuSo04SpRCm0yiVqlgsGq3dL5+xYjMktOc2qbhsOi678T2zv3YBAHiCwHs' +
  'EgH2GQEASyABCksnARRLLh5LNShLPDJLQzxKRlFQWFpfZGZubXh0gnuMgpaJoJCql7SevqXIrNKz3LrmwfDI+s8ETNYOTN0YTOQiTOssTPI2TPlA' +
  'AAJKBwJUDgJeFQJoHAJyIwJ8KoYxkDiaP6RGrk24VMJbzGLWaeBw6nf0fv4FAAhNDAASTRMAHE0aACZNIQAwTSgAOk0vRDZOPVhEYktsUnZZgGCK' +
  'Z5RunnWofLKDvIrGkdCY2p/kpu6tAGYAAQAAAIJXqBKAvNVo78IPkg4SQCDQ/AHos2m2Q9dN4/3wR/Y4Z9r1w86PakITJ1mr9TtT75wvY+PINAa7' +
  'Uh/2AXP62xg91JDWPPBRSa974IxFmBvdA2ssWnsLFzyWkd3DwiRcp0Prx3dal9ePuzmWrH6raW6/XOQ12mte++5h0mlj9JDDcn0bJ55Yz4+MK9UG' +
  'dYPae2gN6k1rmFUNcIRNh5vSWgHePDYa'

/** 'spike ' forty times, then 'and then silence'. */
export const packedText = `${'spike '.repeat(40)}and then silence`

/** By `lz4 -9 --content-size -BX -BD`: content size, checksums of blocks and content. */
export const packedTextLz4 = 'BCJNGHxAAAEAAAAAAADyHAAAAG9zcGlrZSAGANfwAWFuZCB0aGVuIHNpbGVuY2VEc7T4AAAAAHAFOYA='
