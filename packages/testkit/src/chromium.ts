import { canInstallPackages, installPackage } from './debian-packages.ts'
import { findProgram } from './find-program.ts'

/** The path of an installed Chromium or Chrome: CHROMIUM_PATH first, then the usual names. */
export function findChromium(): string | undefined {
  if (process.env.CHROMIUM_PATH) return process.env.CHROMIUM_PATH
  for (const name of ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']) {
    const path = findProgram(name)
    if (path) return path
  }
  return undefined
}

/** Like `findChromium`, but installs Debian's package when there is none. Rejects with what to do when it may not. */
export async function ensureChromium(): Promise<string> {
  const found = findChromium()
  if (found) return found
  if (await canInstallPackages()) {
    await installPackage('chromium')
    const installed = findChromium()
    if (installed) return installed
  }
  throw new Error(
    'No Chromium for browser tests. Set CHROMIUM_PATH to a Chromium or Chrome program, or install one ' +
      '(Debian: apt-get install chromium).',
  )
}
