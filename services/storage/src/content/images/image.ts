import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ParleyError } from '@parley/contracts'
import sharp, { type Metadata, type Sharp } from 'sharp'
import { rgbaToThumbHash } from 'thumbhash'
import type { InspectedFile, PreparedFile, PreparedVariant } from '../../domain/ports.ts'
import { preparedFile } from '../prepared.ts'

/** As large as they may be, and how long one may take. */
export interface ImageLimits {
  /** Of all frames together. */
  maxPixels: number
  maxFrames: number
  /** After so many seconds of work it is given up. */
  seconds: number
}

/** What sharp calls the formats that are decoded, by media type. */
const FORMATS: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpeg',
  'image/png': 'png',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'image/avif': 'heif',
}

/** The only decoders that files of strangers reach: none of the library's others is ever started, whatever a file claims to be. */
const DECODERS = ['Jpeg', 'Png', 'Nsgif', 'Webp', 'Heif']

/** Variants, the smallest first: the next is made where the image is larger than the one before. */
const VARIANTS = [
  { name: 'thumbnail', side: 320, from: 0, quality: 75 },
  { name: 'medium', side: 1280, from: 320, quality: 80 },
] as const

const OPTIMISED_PIXELS = 16_000_000

/** Settings of the library for the whole process. */
export function prepareImageLibrary(): void {
  sharp.cache(false)
  // Several images at a time keep the processors as busy as several threads for one, and take less memory.
  sharp.concurrency(1)
  sharp.block({ operation: ['VipsForeignLoad'] })
  sharp.unblock({ operation: DECODERS.map((name) => `VipsForeignLoad${name}`) })
}

export function isDecoded(mime: string): boolean {
  return mime in FORMATS
}

/**
 * Decodes an image and writes what is kept of it: its pixels, upright, in sRGB, in the same format, with all its frames. Whatever else was
 * in the file (EXIF, places, profiles, comments, what follows its end) is not. Rejects with `unreadable_file`.
 */
export async function prepareImage(
  path: string,
  mime: string,
  to: { folder: string; limits: ImageLimits },
): Promise<PreparedFile & Pick<InspectedFile, 'width' | 'height' | 'placeholder' | 'variants'>> {
  const { folder, limits } = to
  const written = join(folder, `image-${crypto.randomUUID()}`)
  try {
    const source = await readImage(path, mime, limits)
    const { width, height } = await encode(source, mime).toFile(written)
    const frames = source.metadata.pages ?? 1
    const size = { width, height: Math.round(height / (source.animated ? frames : 1)) }
    const original = await preparedFile(written, mime)
    const variants: PreparedVariant[] = []
    for (const { name, side, from, quality } of VARIANTS) {
      if (Math.max(size.width, size.height) <= from) continue
      const target = join(folder, `${name}-${crypto.randomUUID()}`)
      const made = await open(path, limits)
        .autoOrient()
        .resize(side, side, { fit: 'inside', withoutEnlargement: true })
        .webp({ quality, effort: 2 })
        .toFile(target)
      const variant = { ...(await preparedFile(target, 'image/webp')), name, width: made.width, height: made.height }
      const smaller = made.width < size.width || variant.size < original.size || source.animated
      if (smaller) variants.push(variant)
      else await rm(target)
    }
    return { ...original, ...size, placeholder: await placeholderOf(variants[0]?.path ?? written, limits), variants }
  } catch (err) {
    await removeOutputs(folder)
    throw asUnreadable(err)
  }
}

interface Source {
  image: Sharp
  metadata: Metadata
  animated: boolean
}

function open(path: string, limits: ImageLimits, pages = 1): Sharp {
  return sharp(path, {
    failOn: 'error',
    sequentialRead: true,
    limitInputPixels: limits.maxPixels,
    limitInputChannels: 5,
    pages,
  }).timeout({ seconds: limits.seconds })
}

/** Reads the header alone, so that nothing is decoded of what is too large. */
async function readImage(path: string, mime: string, limits: ImageLimits): Promise<Source> {
  const metadata = await open(path, limits).metadata()
  if (metadata.format !== FORMATS[mime]) throw unreadable(`It is not a readable ${mime}`)
  if (metadata.format === 'heif' && metadata.compression !== 'av1') throw noDecoder(mime)
  const frames = mime === 'image/gif' || mime === 'image/webp' ? (metadata.pages ?? 1) : 1
  if (frames > limits.maxFrames)
    throw unreadable(`An animation may have ${limits.maxFrames} frames; this one has ${frames}`)
  // With a single frame read, its height is the frame's.
  if (metadata.width * metadata.height * frames > limits.maxPixels) throw tooManyPixels(limits)
  return { image: open(path, limits, frames > 1 ? -1 : 1), metadata, animated: frames > 1 }
}

/** There is a picture in it that this library does not decode. */
export function noDecoder(mime: string): ParleyError {
  return new ParleyError('unsupported_media_type', `Pictures of the type ${mime} cannot be read here. Send it as JPEG`)
}

function encode({ image, metadata, animated }: Source, mime: string): Sharp {
  const upright = animated ? image : image.autoOrient()
  const colours = upright.toColourspace('srgb')
  switch (mime) {
    case 'image/jpeg':
      // Codes made for the one picture take all of it in memory, six bytes a pixel, and save a fourteenth.
      return colours.jpeg({ quality: 85, optimiseCoding: metadata.width * metadata.height <= OPTIMISED_PIXELS })
    case 'image/png':
      // As many colours as it had: one with a palette would become several times as large without.
      return colours.png(
        metadata.isPalette ? { palette: true, quality: 100, dither: 0, effort: 1 } : { compressionLevel: 7 },
      )
    case 'image/gif':
      // Its own palettes fit exactly; dithering towards them would take ten times as long.
      return colours.gif({ effort: 1, reuse: true, dither: 0 })
    case 'image/webp':
      return colours.webp({ quality: 85, effort: 2 })
    default:
      return colours.avif({ quality: 60, effort: 1 })
  }
}

async function placeholderOf(path: string, limits: ImageLimits): Promise<string> {
  const { data, info } = await open(path, limits)
    .resize(100, 100, { fit: 'inside', withoutEnlargement: true })
    .ensureAlpha()
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
  return Buffer.from(rgbaToThumbHash(info.width, info.height, data)).toString('base64')
}

/** What was written for an image that turned out to be broken. */
async function removeOutputs(folder: string): Promise<void> {
  const ours = (await readdir(folder)).filter((name) => /^(?:image|thumbnail|medium)-[0-9a-f-]{36}$/.test(name))
  await Promise.all(ours.map((name) => rm(join(folder, name), { force: true })))
}

function unreadable(message: string, cause?: unknown): ParleyError {
  return new ParleyError('unreadable_file', message, { cause })
}

function tooManyPixels(limits: ImageLimits): ParleyError {
  return unreadable(
    `A picture may have ${Math.floor(limits.maxPixels / 1_000_000)} million pixels, all frames together`,
  )
}

/** The library tells what went wrong in words alone. */
function asUnreadable(err: unknown): unknown {
  if (err instanceof ParleyError || !(err instanceof Error)) return err
  if (/no space left|ENOSPC|disk quota/i.test(err.message))
    return new ParleyError('storage_full', 'There is no room for files', { cause: err })
  if (/ENOENT|no such file|permission denied|EMFILE|ENFILE|out of memory/i.test(err.message)) return err
  if (/pixel limit/i.test(err.message)) return unreadable('The picture has too many pixels', err)
  if (/timeout/i.test(err.message)) return unreadable('The picture takes too long to be read', err)
  return unreadable('The picture is damaged, or cut off', err)
}
