/** A value written as Python writes it: tuples and lists as arrays, dicts with text keys as maps. */
export type PythonLiteral = string | number | boolean | null | PythonLiteral[] | Map<string, PythonLiteral>

const deepest = 32
const token =
  /\s*(?:([[\](){},:])|(True|False|None)\b|(-?\d{1,16})L?|[uUbB]?('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"))/y

/**
 * Reads a Python literal of text, whole numbers, booleans, None, tuples, lists and dicts, as NumPy writes them. Nothing is
 * evaluated.
 * @returns undefined when the text is anything else
 */
export function parseLiteral(text: string): PythonLiteral | undefined {
  const reader = new LiteralReader(text)
  try {
    const value = reader.value(0)
    return reader.atEnd() ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

class LiteralReader {
  private at = 0
  private readonly pattern = new RegExp(token)

  constructor(private readonly text: string) {}

  atEnd(): boolean {
    return this.text.slice(this.at).trim() === ''
  }

  value(depth: number): PythonLiteral {
    if (depth > deepest) throw new SyntaxError('too deep')
    const [, sign, word, digits, quoted] = this.next()
    if (word !== undefined) return word === 'None' ? null : word === 'True'
    if (digits !== undefined) return Number(digits)
    if (quoted !== undefined) return unquoted(quoted)
    if (sign === '(') return this.sequence(')', depth)
    if (sign === '[') return this.sequence(']', depth)
    if (sign === '{') return this.dict(depth)
    throw new SyntaxError('no value')
  }

  private sequence(end: string, depth: number): PythonLiteral {
    const items: PythonLiteral[] = []
    let commas = 0
    while (!this.taken(end)) {
      items.push(this.value(depth + 1))
      if (this.taken(',')) commas++
      else if (!this.ahead(end)) throw new SyntaxError('no comma')
    }
    // one value in round brackets without a comma is that value
    return end === ')' && items.length === 1 && commas === 0 ? (items[0] as PythonLiteral) : items
  }

  private dict(depth: number): Map<string, PythonLiteral> {
    const entries = new Map<string, PythonLiteral>()
    while (!this.taken('}')) {
      const key = this.value(depth + 1)
      if (typeof key !== 'string' || !this.taken(':')) throw new SyntaxError('no key')
      entries.set(key, this.value(depth + 1))
      if (!this.taken(',') && !this.ahead('}')) throw new SyntaxError('no comma')
    }
    return entries
  }

  private next(): RegExpExecArray {
    this.pattern.lastIndex = this.at
    const found = this.pattern.exec(this.text)
    if (!found) throw new SyntaxError('no token')
    this.at = this.pattern.lastIndex
    return found
  }

  private taken(sign: string): boolean {
    if (!this.ahead(sign)) return false
    this.next()
    return true
  }

  private ahead(sign: string): boolean {
    this.pattern.lastIndex = this.at
    return this.pattern.exec(this.text)?.[1] === sign
  }
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '0': '\0' }

const unquoted = (quoted: string): string =>
  quoted
    .slice(1, -1)
    .replace(/\\(?:x([0-9a-fA-F]{2})|(.))/g, (_, hex: string | undefined, letter: string) =>
      hex === undefined ? (escapes[letter] ?? letter) : String.fromCharCode(Number.parseInt(hex, 16)),
    )
