import type { Draft } from '@parley/contracts'
import type { PlaceOf } from './participants.ts'

/**
 * What a participant has of a conversation for themself alone. A change moves their private counter; false where it is as it is, or
 * where they are not in the conversation. None of these wait for anybody who writes there: what comes at the same moment is new.
 */
export interface OwnStates {
  /** Out of the pinned ones too. `forGood`: whatever comes. */
  archive(place: PlaceOf, forGood: boolean): Promise<boolean>
  unarchive(place: PlaceOf): Promise<boolean>
  /** Null: no longer. */
  mute(place: PlaceOf, until: string | null): Promise<boolean>
  /** Out of the archive too. */
  pin(place: PlaceOf): Promise<boolean>
  unpin(place: PlaceOf): Promise<boolean>
  /** How many they have pinned besides this one. */
  countPinned(place: PlaceOf): Promise<number>
  /** The history up to now is gone for them, with pin, archive and draft. */
  clear(place: PlaceOf): Promise<boolean>
  putDraft(place: PlaceOf, draft: Pick<Draft, 'content' | 'replyTo'>): Promise<boolean>
  deleteDraft(place: PlaceOf): Promise<boolean>
  /** Of where they are in still: the latest first, from before `before` on. */
  drafts(
    userId: string,
    before: { at: string; id: string } | undefined,
    limit: number,
  ): Promise<{ conversationId: string; at: string; draft: Draft }[]>
}
