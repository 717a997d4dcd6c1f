/**
 * One rule for the text that people see of each other: what a message, note or broadcast says, and the one line of a title or a
 * name. Services hold to it where text comes in; a page may ask the same before it sends. Both forms are NFC, so that what looks
 * alike is alike.
 */

/** What takes no ink: spaces, controls, format characters, fillers. Combining marks need something to stand on. */
const INVISIBLE = /[\s\p{C}\p{M}\p{Default_Ignorable_Code_Point}\u2800]/gu

/** Whether there is nothing to be seen in it. */
export function isBlank(text: string): boolean {
  return text.replace(INVISIBLE, '') === ''
}

/**
 * The text of a message as it is kept. Line breaks of all kinds become `\n`. What writing needs is left as it was typed: joiners
 * between emoji and in Persian, marks of direction in Hebrew and Arabic, also around what was pasted. Their effect ends with the
 * element that a page shows a message in.
 */
export function shownContent(text: string): string {
  return text.replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n').normalize()
}

/** The controls that no text holds: they would be shown as boxes, or move the cursor of a terminal. */
export const hasControls = (text: string) => /[^\P{Cc}\t\n\r\u0085]/u.test(text)

/**
 * A flag of a region is a black flag with tags, which stay; no others do. What stays is matched with them: to look back from each for its
 * flag would take as long as they are many, each time.
 */
const TAGS = /(\u{1f3f4}[\u{e0020}-\u{e007f}]+)|[\u{e0000}-\u{e007f}]+/gu
/** More marks than any writing has on one letter; to bring very many into their order takes the square of that. */
const HEAPED_MARKS = /(\p{M}{30})\p{M}+/gu
/** Joiners stand between emoji, or between letters of scripts that join; nowhere else do they change what is seen. */
const LONE_JOINERS =
  /(?<!\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)(?<!(?![\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Inherited}])[\p{L}\p{M}])(?:\u200c|\u200d)|(?:\u200c|\u200d)(?![\p{Extended_Pictographic}\p{L}])/gu
/** One that says how what stands before it is drawn stays. */
const LONE_SELECTORS = /(?<=^|[\s\p{Default_Ignorable_Code_Point}])[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]+/gu
/** Marks and overrides of direction, soft hyphens, zero-width spaces, fillers; not joiners, selectors and tags. */
const HIDDEN =
  /(?!\u200c|\u200d|[\ufe00-\ufe0f]|[\u{e0100}-\u{e01ef}]|[\u{e0000}-\u{e007f}])[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800]/gu

/**
 * A title or a name as it is kept: one line, without what is not seen, one space between words. It stands between other texts, so
 * nothing in it may turn their direction, break their line, or make one name look like another. It is mended rather than
 * refused: a token or a backend that brings an odd name would otherwise lock somebody out. Empty when nothing is left to be seen.
 */
export function shownLine(text: string): string {
  let line = text.replace(HEAPED_MARKS, '$1').normalize()
  // what is taken out may leave something alone that was not
  for (let before = ''; before !== line; ) {
    before = line
    line = line
      .replace(/[\p{White_Space}\p{Cc}]+/gu, ' ')
      .replace(HIDDEN, '')
      .replace(TAGS, '$1')
      .replace(LONE_JOINERS, '')
      .replace(LONE_SELECTORS, '')
      .trim()
      .normalize()
  }
  return isBlank(line) ? '' : line
}
