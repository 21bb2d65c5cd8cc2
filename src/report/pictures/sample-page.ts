/** Samples on one page that needs no network: a picture and a caption each. */
import { escapeHtml } from '../markup.js'
import type { Canvas } from './canvas.js'
import { encodePng } from './png.js'

export interface ShownSample {
  readonly caption: string
  readonly pictures: readonly { readonly title: string; readonly picture: Canvas }[]
}

const style = `body{font:16px/1.5 system-ui,sans-serif;margin:2rem;color:#222}figure{margin:0 0 2rem}img{max-width:100%;
image-rendering:pixelated;border:1px solid #ddd}figcaption{font-weight:600}p{margin:.2rem 0;color:#555}`

/** @param facts lines below the title */
export async function samplePage(
  title: string,
  facts: readonly string[],
  samples: readonly ShownSample[],
): Promise<string> {
  const figures: string[] = []
  for (const { caption, pictures } of samples) {
    const images: string[] = []
    for (const { title: name, picture } of pictures) {
      const data = base64(await encodePng(picture))
      images.push(
        `<p>${escapeHtml(name)}</p><img alt="${escapeHtml(`${caption}: ${name}`)}" src="data:image/png;base64,${data}">`,
      )
    }
    figures.push(`<figure><figcaption>${escapeHtml(caption)}</figcaption>${images.join('\n')}</figure>`)
  }
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title><style>${style}</style></head>
<body><h1>${escapeHtml(title)}</h1>
${facts.map((fact) => `<p>${escapeHtml(fact)}</p>`).join('\n')}
${figures.join('\n')}
</body></html>
`
}

function base64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return btoa(text)
}
