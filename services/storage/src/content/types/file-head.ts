import { open } from 'node:fs/promises'

/** The first bytes of a file, fewer where it has fewer. */
export async function fileHead(path: string, bytes: number): Promise<Buffer> {
  await using file = await open(path, 'r')
  return await readAt(file, 0, bytes)
}

/** The last bytes of a file. */
export async function fileTail(path: string, size: number, bytes: number): Promise<Buffer> {
  await using file = await open(path, 'r')
  const length = Math.min(size, bytes)
  return await readAt(file, size - length, length)
}

/** Bytes at a place, fewer at the end. */
export async function readAt(
  file: { read(buffer: Buffer, offset: number, length: number, position: number): Promise<{ bytesRead: number }> },
  position: number,
  length: number,
): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}
