/** Pixels of the picture at that address, as it is shown: turned as it says. Rejects where it is none. */
export async function sizeOfPicture(url: string): Promise<{ width: number; height: number }> {
  const picture = new Image()
  picture.src = url
  await picture.decode()
  return { width: picture.naturalWidth, height: picture.naturalHeight }
}
