/** Somebody in a conversation. */
export interface LookedPlace {
  conversationId: string
  userId: string
}

/** Whether these look at these conversations, on a device that is in front of them; in their order. Never rejects. */
export type AreLooking = (tenantId: string, places: readonly LookedPlace[]) => Promise<boolean[]>
