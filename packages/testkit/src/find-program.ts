import { accessSync, constants, readdirSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Debian keeps server programs here, and a user's PATH often leaves it out. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/usr/local/bin', '/usr/bin', '/opt/homebrew/bin']

/** The path of a program: on the PATH, in the system's folders or in `more`. */
export function findProgram(name: string, more: readonly string[] = []): string | undefined {
  const path = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  return [...path, ...SYSTEM_FOLDERS, ...more].map((folder) => join(folder, name)).find(isExecutable)
}

/** Debian's Postgres is not on the PATH: one folder per major version. Newest first. */
export function postgresFolders(root = '/usr/lib/postgresql'): string[] {
  try {
    return readdirSync(root)
      .filter((name) => /^\d+$/.test(name))
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => join(root, version, 'bin'))
  } catch {
    return []
  }
}

/** A program that comes with Postgres, such as `pg_dump`; undefined where there is none on this machine. */
export const findPostgresProgram = (name: string): string | undefined => findProgram(name, postgresFolders())

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
