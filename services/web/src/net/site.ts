/**
 * Where the server is for the page: beside it, also below a path that a proxy takes off again, such as `/chat/`. `path`
 * begins with a slash and may have a query.
 */
export function besidePage(path: string): string {
  const { pathname, search } = new URL(`.${path}`, document.baseURI)
  return pathname + search
}

/** Of a path on this server; an address elsewhere is whole already. */
export const placeOf = (url: string): string => (url.startsWith('/') ? besidePage(url) : url)

/** The path that the page lies at, with a slash at its end. */
export const scopeOfPage = (): string => new URL('./', document.baseURI).pathname
