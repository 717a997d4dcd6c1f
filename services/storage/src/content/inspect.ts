import { availableParallelism } from 'node:os'
import { ParleyError } from '@parley/contracts'
import type { Inspect, InspectedFile, ReceivedFile } from '../domain/ports.ts'
import { cleanFileName, endingOfName, keptFileName } from './file-name.ts'
import { type ImageLimits, isDecoded, noDecoder, prepareImage, prepareImageLibrary } from './images/image.ts'
import { turns } from './images/turns.ts'
import { believableDuration, type MediaFacts } from './media/media-facts.ts'
import { readMp4 } from './media/mp4.ts'
import { readSound } from './media/sound.ts'
import { readWebm } from './media/webm.ts'
import { agreesWithDeclared, agreesWithEnding, isText, shownAs, UNKNOWN } from './types/media-types.ts'
import { CUT_OFF, realType } from './types/real-type.ts'

export interface InspectOptions {
  /** Images that are decoded at a time, in the whole process. Each may take four bytes a pixel. */
  imagesAtOnce?: number
  limits?: Partial<ImageLimits>
}

/** See `Inspect`. One is enough for a process: it is what bounds how many images are decoded at a time. */
export function createInspect({ imagesAtOnce = availableParallelism(), limits }: InspectOptions = {}): Inspect {
  const bounds: ImageLimits = { maxPixels: 64_000_000, maxFrames: 1_000, seconds: 60, ...limits }
  const inTurn = turns(Math.max(1, Math.min(imagesAtOnce, 4)))
  prepareImageLibrary()

  return async (file, { folder, isAllowed, pictureOnly = false }) => {
    if (file.size === 0) throw new ParleyError('unreadable_file', 'The file is empty')
    const clean = cleanFileName(file.name)
    const ending = endingOfName(clean)
    const found = await realType(file.path, file.size, { ending, mime: file.mime })
    if (found === CUT_OFF) throw new ParleyError('unreadable_file', 'The file is damaged, or cut off')
    const usual = agreement(found, ending, file.mime)
    const facts = await mediaFacts(file, found)
    const mime = facts ? typeOfMedia(found, facts) : found
    const kind = shownAs(mime)
    if (!isAllowed(mime)) throw unsupported(`Files of the type ${mime} are not taken here`)
    if (pictureOnly && kind !== 'image') throw unsupported(`A picture is wanted, and this is ${mime}`)
    if (mime === 'image/heic' || mime === 'image/heif') throw noDecoder(mime)
    const name = keptFileName(clean, mime, usual === 'unknown' || (ending === '' && mime !== 'text/plain'))
    const kept = { path: file.path, mime, size: file.size, sha256: file.sha256 }
    if (!isDecoded(mime)) {
      const { width = null, height = null, durationMs = null } = facts ?? {}
      return {
        ...kept,
        name,
        kind,
        width,
        height,
        durationMs: believableDuration(durationMs),
        placeholder: null,
        variants: [],
      }
    }
    const image = await inTurn(() => prepareImage(file.path, mime, { folder, limits: bounds }))
    return { ...image, name, kind, durationMs: null }
  }
}

/** Refuses a file that is called what it is not. Says `unknown` of an ending that stands for no type. */
function agreement(real: string, ending: string, declared: string | undefined): boolean | 'unknown' {
  if (!agreesWithDeclared(real, declared))
    throw unsupported(`It is declared as ${declared}, but its bytes are ${said(real)}`)
  const byEnding = ending === '' ? true : agreesWithEnding(real, ending)
  if (byEnding === false) throw unsupported(`Its name ends in .${ending}, but its bytes are ${said(real)}`)
  // A text may be called anything that is no type, and so may what nobody knows.
  return byEnding === 'unknown' && real !== UNKNOWN ? 'unknown' : true
}

function said(mime: string): string {
  return mime === UNKNOWN ? 'of no type that is known' : isText(mime) && mime !== 'text/plain' ? `text (${mime})` : mime
}

function unsupported(message: string): ParleyError {
  return new ParleyError('unsupported_media_type', message)
}

/** What a film or sound says of itself; undefined for everything else. Refuses one that is broken. */
async function mediaFacts(file: ReceivedFile, mime: string): Promise<MediaFacts | undefined> {
  const shown = shownAs(mime)
  if (shown !== 'video' && shown !== 'audio') return undefined
  const facts = await readFacts(file, mime)
  if (!facts) throw new ParleyError('unreadable_file', `It begins as ${mime}, but it is damaged, or cut off`)
  return facts
}

function readFacts({ path, size }: ReceivedFile, mime: string): Promise<MediaFacts | undefined> {
  if (mime === 'video/mp4' || mime === 'audio/mp4' || mime === 'video/quicktime') return readMp4(path, size)
  return mime === 'video/webm' ? readWebm(path, size) : readSound(path, mime, size)
}

/** The containers begin alike whether there is a film in them or only sound. */
function typeOfMedia(container: string, { kind }: MediaFacts): InspectedFile['mime'] {
  if (container === 'video/webm') return `${kind}/webm`
  return container === 'video/mp4' || container === 'audio/mp4' ? `${kind}/mp4` : container
}
