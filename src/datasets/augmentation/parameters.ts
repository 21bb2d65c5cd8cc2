/** Kinds of numbers that transforms take. */
import { z } from 'zod'

export const probability = (standard: number) => z.number().min(0).max(1).default(standard)
export const pixels = (standard: number) => z.int().min(0).max(65535).default(standard)
export const microseconds = (standard: number) => z.number().positive().max(0xffffffff).default(standard)

/** A list that may be given as its only member. */
export const listOf = <S extends z.ZodType>(member: S) =>
  z.preprocess((value) => (value === undefined || Array.isArray(value) ? value : [value]), z.array(member).min(1))
