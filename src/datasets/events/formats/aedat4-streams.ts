/** Streams of an AEDAT 4 file, from the XML in its header. */

export interface Aedat4Stream {
  readonly id: number
  /** Four letters: EVTS events, FRME frames, IMUS inertial, TRIG triggers. */
  readonly type: string
  readonly width: number | null
  readonly height: number | null
  /** Camera, as the header calls it; empty where it does not. */
  readonly source: string
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }
const plain = (text: string): string =>
  text.replace(/&(lt|gt|amp|quot|apos);/g, (_, name: string) => entities[name] ?? '')

/** Deeper than any header goes. */
const deepest = 64

/** Attributes of every node as paths: `outInfo/0/typeIdentifier` and the like, from the first `outInfo` on. */
function attributes(xml: string): Map<string, string> {
  const found = new Map<string, string>()
  const path: string[] = []
  for (const [, closing, tag, inside = '', empty, text = ''] of xml.matchAll(
    /<(\/?)(node|attr)\b([^<>]*?)(\/?)>([^<]*)/g,
  )) {
    if (tag === 'node') {
      if (closing) path.pop()
      else if (!empty && path.length < deepest) path.push(/\bname="([^"]*)"/.exec(inside)?.[1] ?? '')
    } else if (!closing) {
      const key = /\bkey="([^"]*)"/.exec(inside)?.[1]
      if (key !== undefined) found.set([...path, key].join('/'), plain(text.trim()))
    }
  }
  return found
}

const pixels = (text: string | undefined): number | null => {
  const value = Number(text)
  return Number.isInteger(value) && value >= 1 && value <= 65536 ? value : null
}

/** Streams by their numbers. */
export function aedat4Streams(xml: string): readonly Aedat4Stream[] {
  const found = attributes(xml)
  const streams: Aedat4Stream[] = []
  for (const [path, type] of found) {
    const [, id] = /^outInfo\/(\d{1,9})\/typeIdentifier$/.exec(path) ?? []
    if (id === undefined) continue
    const info = (key: string) => found.get(`outInfo/${id}/info/${key}`)
    streams.push({
      id: Number(id),
      type,
      width: pixels(info('sizeX')),
      height: pixels(info('sizeY')),
      source: info('source') ?? found.get(`outInfo/${id}/source`) ?? '',
    })
  }
  return streams.sort((a, b) => a.id - b.id)
}
