import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { expect, test } from 'vitest'

const here = import.meta.dirname
const read = (ending: string) =>
  new Map(
    readdirSync(here, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith(ending))
      .map((file) => [resolve(here, file), readFileSync(resolve(here, file), 'utf8')]),
  )
const sheets = read('.module.css')
const sources = read('.tsx')

/** The classes that a stylesheet has, without those that it only borrows: `:global(.muted)`. */
function classesIn(css: string): Set<string> {
  const selectors = css.replace(/\/\*[\s\S]*?\*\/|:global\([^)]*\)|\{[^{}]*\}/g, ' ')
  return new Set([...selectors.matchAll(/\.([a-zA-Z][\w-]*)/g)].map(([, name]) => name!))
}

/** Which classes of which sheet a component asks for. */
function uses(file: string, source: string): { sheet: string; names: string[] }[] {
  return [...source.matchAll(/import (\w+) from '(.*\.module\.css)'/g)].map(([, as, path]) => ({
    sheet: resolve(dirname(file), path!),
    names: [...source.matchAll(new RegExp(`\\b${as}\\.(\\w+)`, 'g'))].map(([, name]) => name!),
  }))
}

test('every class of a module is used, and every class that is used is there', () => {
  const used = new Map([...sheets.keys()].map((sheet) => [sheet, new Set<string>()]))
  for (const [file, source] of sources)
    for (const { sheet, names } of uses(file, source)) for (const name of names) used.get(sheet)?.add(name)
  const sorted = (names: Set<string>) => [...names].sort()
  for (const [sheet, css] of sheets)
    expect({ sheet, classes: sorted(used.get(sheet)!) }).toEqual({ sheet, classes: sorted(classesIn(css)) })
})

test('a class that is written out is one of the global ones', () => {
  const global = classesIn(readFileSync(resolve(here, 'base.css'), 'utf8'))
  const writtenOut = [...sources.values()].flatMap((source) =>
    [...source.matchAll(/className=(?:"([^"]*)"|\{`([^`]*)`\})/g)].flatMap(([, plain, template]) =>
      (plain ?? template!.replace(/\$\{[^}]*\}/g, ' ')).split(/\s+/).filter(Boolean),
    ),
  )
  expect(new Set(writtenOut)).toEqual(global)
})

test('no two modules have the same name, which is part of the names of their classes', () => {
  const names = [...sheets.keys()].map((sheet) => basename(sheet))
  expect(names).toEqual([...new Set(names)])
})
