import { thumbHashToDataURL } from 'thumbhash'

const drawn = new Map<string, string>()
const MAX_KEPT = 300

/** What stands in for a picture while it loads, as a value of `background-image`. A ThumbHash that is none is nothing. */
export function placeholderImage(hash: string | null): string | undefined {
  if (!hash) return undefined
  const known = drawn.get(hash)
  if (known !== undefined) return known || undefined
  let image = ''
  try {
    image = `url(${thumbHashToDataURL(Uint8Array.from(atob(hash), (letter) => letter.charCodeAt(0)))})`
  } catch {
    // drawn as a plain ground
  }
  if (drawn.size >= MAX_KEPT) drawn.clear()
  drawn.set(hash, image)
  return image || undefined
}
