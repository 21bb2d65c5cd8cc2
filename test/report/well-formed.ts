/** A small check of HTML: every element is closed, in the right order, and every quoted attribute ends. */

const voidElements = new Set(['meta', 'link', 'br', 'hr', 'img', 'input'])

/** What is wrong first, or null for a well-formed page. The content of style and script is skipped. */
export function htmlFault(page: string): string | null {
  const open: string[] = []
  let at = 0
  while (at < page.length) {
    const start = page.indexOf('<', at)
    if (start < 0) break
    const tag = /^<(?:!doctype html|(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+(?:="[^"<]*")?)*)\s*(\/?))>/.exec(
      page.slice(start, start + 20_000),
    )
    if (tag === null) return `no tag at: ${page.slice(start, start + 60)}`
    at = start + tag[0].length
    const [, closing, name, , selfClosing] = tag
    if (name === undefined || voidElements.has(name) || selfClosing === '/') continue
    if (closing === '/') {
      const expected = open.pop()
      if (expected !== name) return `</${name}> closes <${expected}>`
      continue
    }
    open.push(name)
    if (name === 'style' || name === 'script') {
      const end = page.indexOf(`</${name}>`, at)
      if (end < 0) return `<${name}> is never closed`
      at = end
    }
  }
  return open.length === 0 ? null : `never closed: ${open.join(' ')}`
}
