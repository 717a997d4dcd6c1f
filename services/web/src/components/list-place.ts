/** Where a reader is in a list of messages, and what holds them there. */
export interface Place {
  /** Of which list a place has been found. */
  at: number | null
  following: boolean
  /** Where to go when the end has been loaded. */
  wantsEnd: boolean
  /** Somebody has just gone to the end, over what is unread. */
  jumped: boolean
  /** How high the view was. */
  height: number
  /** How far down the view was. */
  top: number
  /** How many unsent ones there were. */
  before: number
  /** The first message that is whole on the screen, and how far below the top of it. */
  anchor: { seq: number; top: number } | null
  /** Until when it is kept there. */
  holding: number
}

export const nowhere: Place = {
  at: null,
  following: false,
  wantsEnd: false,
  jumped: false,
  height: 0,
  top: 0,
  before: 0,
  anchor: null,
  holding: 0,
}

export const topIn = (element: HTMLElement, message: Element) =>
  message.getBoundingClientRect().top - element.getBoundingClientRect().top

export function anchorIn(element: HTMLElement): Place['anchor'] {
  const message = messagesIn(element).find((one) => topIn(element, one) >= 0)
  return message ? { seq: seqOf(message), top: topIn(element, message) } : null
}

export const distanceToEnd = ({ scrollHeight, scrollTop, clientHeight }: HTMLElement) =>
  scrollHeight - scrollTop - clientHeight
export const messagesIn = (element: HTMLElement) => [...element.querySelectorAll<HTMLElement>('[data-seq]')]
export const seqOf = (message: HTMLElement) => Number(message.dataset.seq)
