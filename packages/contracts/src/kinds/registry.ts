import { audioKind } from './audio.ts'
import { bookingRequestKind } from './booking-request.ts'
import { contactKind } from './contact.ts'
import { customKind } from './custom.ts'
import { fileKind } from './file.ts'
import { imageKind } from './image.ts'
import type { MessageKind } from './kind.ts'
import { locationKind } from './location.ts'
import { serviceOfferKind } from './service-offer.ts'
import { systemKind } from './system.ts'
import { textKind } from './text.ts'
import { videoKind } from './video.ts'

/** Parley's own kinds of messages, each in a file of its own. */
export const kinds: readonly MessageKind[] = [
  textKind,
  imageKind,
  videoKind,
  audioKind,
  fileKind,
  locationKind,
  contactKind,
  serviceOfferKind,
  bookingRequestKind,
  systemKind,
]

const byType: ReadonlyMap<string, MessageKind> = new Map(kinds.map((kind) => [kind.type, kind]))

/** Parley's own kind of that type; undefined where the tenant has to know it. */
export const builtInKind = (type: string): MessageKind | undefined => byType.get(type)

/** The kind of a message that there is. */
export const kindOf = (type: string): MessageKind => byType.get(type) ?? customKind
