/** A drawing as a file of its own, on white. */
import type { Markup } from '../markup.js'

export const standaloneSvg = (drawing: Markup): string =>
  `${drawing.text.replace('<svg', '<svg xmlns="http://www.w3.org/2000/svg" style="color:#1d2126;background:#fff"')}\n`
