/** Compressed bytes that cannot be unpacked. Whoever knows the file's name makes a FileFormatError of it. */
export class UnpackError extends Error {}
