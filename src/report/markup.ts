/** HTML that cannot be forgotten to be escaped: a template tag that escapes every value which is not markup already. */

/** Text that is markup and goes into the page as it is. */
export class Markup {
  constructor(readonly text: string) {}
}

type Piece = string | number | Markup | readonly Markup[] | undefined

/** `& < > " '` as entities: safe as text and inside a quoted attribute. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

function pieceText(piece: Piece): string {
  if (piece === undefined) return ''
  if (piece instanceof Markup) return piece.text
  if (typeof piece === 'object') return piece.map((part) => part.text).join('')
  return escapeHtml(String(piece))
}

/** Template tag: strings and numbers are escaped, markup and lists of markup are not, undefined is left out. */
export function html(parts: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  return new Markup(parts.map((part, index) => part + pieceText(pieces[index])).join(''))
}

/**
 * A value as JSON inside a script element. The four characters that could end the element, open a comment or break a
 * line in old script parsers are written as JSON escapes, so that the text parses to the same value.
 */
export function jsonForScript(value: unknown): Markup {
  const escapes: Record<string, string> = {
    '<': '\\u003c',
    '>': '\\u003e',
    '&': '\\u0026',
    '\u2028': '\\u2028',
    '\u2029': '\\u2029',
  }
  return new Markup(JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => escapes[character] ?? ''))
}

/** A plot with its title and a caption that says what one sees and where it could mislead. */
export function figure(title: string, drawing: Markup, caption: Markup): Markup {
  return html`<figure>
<h3>${title}</h3>
<div class="plot">${drawing}</div>
<figcaption>${caption}</figcaption>
</figure>
`
}

/** Two columns, name and value. */
export function definitionTable(rows: readonly (readonly [string, Piece])[]): Markup {
  const body = rows.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>\n`)
  return html`<div class="scroll"><table><tbody>\n${body}</tbody></table></div>\n`
}

/** One part of the page. */
export interface Section {
  /** Anchor, unique in the page. */
  readonly id: string
  readonly title: string
  readonly body: Markup
}
