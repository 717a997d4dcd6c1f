import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

interface Listed {
  items: {
    metadata: {
      name: string
      labels?: Record<string, string>
      deletionTimestamp?: string
      ownerReferences?: { kind: string }[]
    }
    spec: { nodeName?: string; replicas?: number; minReplicas?: number }
    status: {
      conditions?: { type: string; status: string; reason?: string }[]
      currentReplicas?: number
      availableReplicas?: number
    }
  }[]
}

/** A Kubernetes, by its kubectl. */
export class Cluster {
  readonly #env: NodeJS.ProcessEnv
  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env
  }

  /** Resolves with what kubectl printed, on either stream; rejects where it failed. */
  async run(args: string[], input?: string): Promise<string> {
    const { code, said } = await this.attempt(args, input)
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${said}`)
    return said
  }

  async attempt(args: string[], input?: string): Promise<{ code: number; said: string }> {
    const child = spawn('kubectl', args, {
      env: this.#env,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (said += chunk))
    child.stdin?.end(input)
    const [code] = await once(child, 'close')
    return { code, said }
  }

  async list(kind: string, namespace: string): Promise<Listed['items']> {
    return (JSON.parse(await this.run(['-n', namespace, 'get', kind, '-o', 'json'])) as Listed).items
  }

  /** Where each Deployment's pods are: only those that are ready, and not on their way out. */
  async readyPods(namespace: string): Promise<Map<string, string[]>> {
    const byComponent = new Map<string, string[]>()
    for (const { metadata, spec, status } of await this.list('pods', namespace)) {
      const component = metadata.labels?.['app.kubernetes.io/component']
      const isReady = status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')
      if (!component || !isReady || metadata.deletionTimestamp) continue
      if (metadata.ownerReferences?.[0]?.kind !== 'ReplicaSet') continue
      byComponent.set(component, [...(byComponent.get(component) ?? []), spec.nodeName ?? ''])
    }
    return byComponent
  }
}

/** Asks until it is true; rejects with `what` when that takes longer than three minutes. */
export async function until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 180_000
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`In three minutes it did not come true that ${what}`)
    await sleep(1_000)
  }
}
