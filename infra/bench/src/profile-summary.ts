/** What V8 writes (Chrome DevTools Protocol, Profiler.Profile). */
export interface CpuProfile {
  nodes: {
    id: number
    callFrame: { functionName: string; url: string; lineNumber: number }
    children?: number[]
  }[]
  samples?: number[]
  timeDeltas?: number[]
}

interface Cost {
  name: string
  /** Milliseconds in it, without what it called. */
  self: number
  /** With what it called; recursion counts once. */
  total: number
}

interface Costs {
  /** Milliseconds on the CPU. */
  busy: number
  idle: number
  functions: Cost[]
  modules: Cost[]
}

const TOP = 25

/** Where a process's time went, by function and by module. */
export function costsOf({ nodes, samples = [], timeDeltas = [] }: CpuProfile): Costs {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const selfOf = new Map<number, number>()
  for (const [i, id] of samples.entries()) {
    // A delta is the time before its sample; the time that a sample stands for comes with the next one.
    const time = Math.max(0, timeDeltas[i + 1] ?? 0) / 1_000
    selfOf.set(id, (selfOf.get(id) ?? 0) + time)
  }
  const functions = new Map<string, Cost>()
  const modules = new Map<string, Cost>()
  let idle = 0
  let busy = 0
  const costIn = (costs: Map<string, Cost>, name: string): Cost => {
    let cost = costs.get(name)
    if (!cost) {
      cost = { name, self: 0, total: 0 }
      costs.set(name, cost)
    }
    return cost
  }
  /** Returns the time of the subtree; `open` are the functions and modules on the way to it. */
  const visit = (id: number, open: ReadonlySet<Cost>): number => {
    const node = byId.get(id)!
    const self = selfOf.get(id) ?? 0
    const { functionName, url, lineNumber } = node.callFrame
    if (functionName === '(idle)') {
      idle += self
      return 0
    }
    busy += self
    const module = moduleOf(url, functionName)
    const where = url === '' ? '' : ` ${module}${fileOf(url, module)}:${lineNumber + 1}`
    const cost = costIn(functions, `${functionName || '(anonymous)'}${where}`)
    const moduleCost = costIn(modules, module)
    cost.self += self
    moduleCost.self += self
    const inner = new Set(open).add(cost).add(moduleCost)
    let total = self
    for (const child of node.children ?? []) total += visit(child, inner)
    if (!open.has(cost)) cost.total += total
    if (!open.has(moduleCost)) moduleCost.total += total
    return total
  }
  const children = new Set(nodes.flatMap((node) => node.children ?? []))
  for (const { id } of nodes) if (!children.has(id)) visit(id, new Set())
  const sorted = (costs: Map<string, Cost>) => [...costs.values()].sort((a, b) => b.self - a.self)
  return { busy, idle, functions: sorted(functions), modules: sorted(modules) }
}

/** A Markdown text of the largest costs. */
export function summarize(profile: CpuProfile): string {
  const { busy, idle, functions, modules } = costsOf(profile)
  const percent = (time: number) => `${((time / busy) * 100).toFixed(1)} %`
  const table = (title: string, costs: readonly Cost[]) =>
    [
      `| ${title} | self | with callees |`,
      '|---|---:|---:|',
      ...costs
        .filter(({ name }) => name !== '(root)')
        .map(({ name, self, total }) => `| ${name.replaceAll('|', '\\|')} | ${percent(self)} | ${percent(total)} |`),
    ].join('\n')
  const ours = functions
    .filter(({ name }) => name.includes('@parley/'))
    .sort((a, b) => b.total - a.total)
    .slice(0, TOP)
  return [
    `Busy ${(busy / 1_000).toFixed(2)} s of ${((busy + idle) / 1_000).toFixed(2)} s.`,
    table('module', modules.slice(0, TOP)),
    table('function', functions.slice(0, TOP)),
    table('our functions, by what they cause', ours),
  ].join('\n\n')
}

/** A package, a part of Node, or what V8 puts in parentheses. */
function moduleOf(url: string, functionName: string): string {
  if (url === '') return functionName.startsWith('(') ? functionName : '(native)'
  if (url.startsWith('node:')) return url
  const packages = url.split('/node_modules/')
  if (packages.length > 1) return /^(@[^/]+\/)?[^/]+/.exec(packages.at(-1)!)![0]
  const [, own] = /\/(?:packages|services|infra)\/([^/]+)\//.exec(url) ?? []
  return own ? `@parley/${own}` : url
}

function fileOf(url: string, module: string): string {
  if (url.startsWith('node:') || module === url) return ''
  const at = url.lastIndexOf(`/${module.replace('@parley/', '')}/`)
  return at < 0 ? '' : url.slice(at + module.replace('@parley/', '').length + 1)
}
