import { MAX_FILE_NAME_LENGTH } from '@parley/contracts'
import { endingOf, shownAs } from './types/media-types.ts'

/** An ending is short, and of letters and digits: the version in `report v1.2` is none that has to be kept. */
const ENDING = /\.([\p{L}\p{N}_-]{1,16})$/u

/** What Windows takes for a device whatever its ending. */
const RESERVED = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$)(?=\.|$)/i

/** Fillers, and the blank of Braille: letters, symbols and marks that nobody sees. How an emoji is drawn may be said. */
const UNSEEN = /(?![\ufe0e\ufe0f])\p{Default_Ignorable_Code_Point}|\u2800/gu

/** Joiners that belong to what is written: within an emoji, and between letters of the scripts that need them. */
const JOINER =
  /(?<=\p{Extended_Pictographic}\ufe0f?\p{Emoji_Modifier}?)\u200d(?=\p{Extended_Pictographic})|(?<=[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}])[\u200c\u200d](?=[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}])/gu

const KEPT_JOINERS: Record<string, string> = { '\u200c': '\ufdd0', '\u200d': '\ufdd1' }

/** Takes out of a name what is not seen or would be acted upon; empty when nothing stays. */
export function cleanFileName(name: string): string {
  const seen = name
    // A name of a megabyte is not worth the work; the cut that readers see comes later.
    .slice(-16_384)
    .replace(/\p{Cs}/gu, '')
    .normalize('NFC')
    .replace(/^.*[/\\]/su, '')
    .replace(/[\ufdd0\ufdd1]/gu, '')
    .replace(JOINER, (joiner) => KEPT_JOINERS[joiner] ?? '')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}]/gu, (character) => (/[\t\n\r]/.test(character) ? ' ' : ''))
    .replace(UNSEEN, '')
    .replaceAll('\ufdd0', '\u200c')
    .replaceAll('\ufdd1', '\u200d')
    .replace(/[<>:"|?*]/gu, '_')
    .replace(/\p{Zs}+/gu, ' ')
    .replace(/^[. ]+|(?<![. ])[. ]+$/gu, '')
  return RESERVED.test(seen) ? `_${seen}` : seen
}

/** The ending of a clean name, without its dot; empty where it has none. */
export function endingOfName(clean: string): string {
  return ENDING.exec(clean)?.[1] ?? ''
}

/**
 * The name that a file is kept under: a clean one, with the ending that it needs to be opened, at most `MAX_FILE_NAME_LENGTH` characters
 * with the ending whole. Where nothing of the sender's name is left, what it is.
 */
export function keptFileName(clean: string, mime: string, needsEnding: boolean): string {
  const kind = shownAs(mime)
  const usual = endingOf(mime)
  const named = clean === '' ? kind : clean
  const complete = needsEnding && usual !== undefined ? `${named}.${usual}` : named
  return shortened(complete)
}

/** Cuts what stands before the ending, between what readers take for characters. */
function shortened(name: string): string {
  if (name.length <= MAX_FILE_NAME_LENGTH) return name
  const ending = ENDING.exec(name)?.[0] ?? ''
  const room = MAX_FILE_NAME_LENGTH - ending.length
  let kept = ''
  for (const { segment } of new Intl.Segmenter().segment(name.slice(0, name.length - ending.length))) {
    if (kept.length + segment.length > room) break
    kept += segment
  }
  return kept.replace(/[. ]+$/u, '') + ending
}
