import type { Attachment, VariantName } from '@parley/contracts'

/** As large as a picture or a video is drawn in a message, in CSS pixels. */
const [MAX_WIDTH, MAX_HEIGHT] = [320, 340]
const [MIN_WIDTH, MIN_HEIGHT] = [140, 90]

/**
 * The box that one picture has in a message, known before it is loaded: nothing moves when it comes. Very long ones are cut; without a size it is four to three.
 */
export function boxOf({ width, height }: Pick<Attachment, 'width' | 'height'>): { width: number; height: number } {
  const [w, h] = width && height ? [width, height] : [MAX_WIDTH, (MAX_WIDTH * 3) / 4]
  const scale = Math.min(MAX_WIDTH / w, MAX_HEIGHT / h, 1)
  return {
    width: Math.round(Math.max(w * scale, MIN_WIDTH)),
    height: Math.round(Math.max(h * scale, MIN_HEIGHT)),
  }
}

/** How many pictures a message shows; the last of them says how many more there are. */
export const MAX_TILES = 4

/** Which picture to load for so many CSS pixels; undefined: the file itself. Moving pictures are shown moving. */
export function variantFor(
  { variants, mime }: Pick<Attachment, 'variants' | 'mime'>,
  cssPixels: number,
  density: number,
): VariantName | undefined {
  if (mime === 'image/gif') return undefined
  const wanted: VariantName = cssPixels * density <= 320 ? 'thumbnail' : 'medium'
  if (variants.includes(wanted)) return wanted
  return variants.includes('medium') ? 'medium' : undefined
}
