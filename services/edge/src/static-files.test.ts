import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fileFor } from './static-files.ts'

const root = resolve('/srv/web')

describe('the file of a URL', () => {
  it('lies in the folder, and / is the page', () => {
    expect(fileFor(root, '/')).toBe(join(root, 'index.html'))
    expect(fileFor(root, '/?a=b')).toBe(join(root, 'index.html'))
    expect(fileFor(root, '/assets/a%20b.js?v=1#x')).toBe(join(root, 'assets/a b.js'))
  })

  it('is never one outside of it', () => {
    for (const url of ['/../web.conf', '/%2e%2e/web.conf', '/..%2f..%2fetc/passwd', '/a/../../web-other/x', '/.']) {
      expect(fileFor(root, url)).toBeUndefined()
    }
    expect(fileFor(root, '//etc/passwd')).toBe(join(root, 'etc/passwd'))
  })

  it('is none for a URL that is not well formed', () => {
    expect(fileFor(root, '/%')).toBeUndefined()
    expect(fileFor(root, '/a%00.html')).toBeUndefined()
  })
})
