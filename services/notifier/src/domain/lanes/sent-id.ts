import type { TakenHandOver } from '../ports/hand-overs.ts'

/**
 * What a receiver is told as the id of one that tells up to this message. Where it took over another that may have come already, and tells of
 * nothing that one did not, it is that one's id: receivers that know of ids show it once.
 */
export function sentId(
  { id, sentAs, withdraws }: Pick<TakenHandOver, 'id' | 'sentAs' | 'withdraws'>,
  newestSeq: number | undefined,
): string {
  if (withdraws || newestSeq === undefined) return id
  return sentAs?.find(([, seq]) => seq >= newestSeq)?.[0] ?? id
}
