/** The oldest Node the packages run on. */
export const minimumNode = [20, 19, 0]

/** "v20.19.1" or "20.19.1-nightly" as three numbers; null when the text is no version. */
export function parseVersion(text) {
  const match = /^v?(\d+)\.(\d+)\.(\d+)/.exec(text)
  return match ? [Number(match[1]), Number(match[2]), Number(match[3])] : null
}

/** Whether version `a` is `b` or newer. */
export function atLeast(a, b) {
  for (let i = 0; i < 3; i++) {
    if (a[i] !== b[i]) return a[i] > b[i]
  }
  return true
}

/** What to tell the user of an unsuitable Node; null when it will do. */
export function nodeVersionProblem(text) {
  const version = parseVersion(text)
  if (version && atLeast(version, minimumNode)) return null
  return (
    `setup: Node ${minimumNode.join('.')} or newer is needed; this is Node ${text}. ` +
    'Install a current release from https://nodejs.org (or with nvm, fnm, volta) and run the command again.'
  )
}
