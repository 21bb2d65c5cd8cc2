export type Version = [number, number, number]
export const minimumNode: Version
export function parseVersion(text: string): Version | null
export function atLeast(a: Version, b: Version): boolean
export function nodeVersionProblem(text: string): string | null
