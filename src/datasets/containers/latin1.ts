/** Bytes as text, one character each (ISO 8859-1; `TextDecoder` takes that name for Windows-1252). */
export function latin1Text(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 4096) text += String.fromCharCode(...bytes.subarray(at, at + 4096))
  return text
}
