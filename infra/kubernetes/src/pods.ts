import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Container, Manifest, PodSpec } from './manifests.ts'

export interface Pod {
  name: string
  service: string
  url: string
  /** How long it has to end, from SIGTERM on. */
  graceSeconds: number
}

const NATS_CONF = fileURLToPath(new URL('../../nats.conf', import.meta.url))
const READY_MS = 180_000

/**
 * Pods of Podman, out of manifests, on a network of their own where a service's name has the addresses of its pods, as a headless
 * Service's has. Podman is no kubelet: probes and preStop are done here, secrets become ConfigMaps (this Podman cannot read its own).
 */
export class Pods implements AsyncDisposable {
  readonly #env: NodeJS.ProcessEnv
  readonly #network = `parley-pods-${process.pid}`
  readonly #servers: string[] = []
  readonly #pods = new Set<string>()

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env
  }

  /** Resolves with what it said on stdout; rejects where it failed. */
  async podman(args: string[], input?: string): Promise<string> {
    return (await this.#both(args, input)).out.trim()
  }

  async #both(args: string[], input?: string): Promise<{ out: string; err: string }> {
    const child = spawn('podman', args, {
      env: this.#env,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    })
    let [out, err] = ['', '']
    child.stdout?.on('data', (chunk) => (out += chunk))
    child.stderr?.on('data', (chunk) => (err += chunk))
    child.stdin?.end(input)
    const [code] = await once(child, 'close')
    if (code !== 0) throw new Error(`podman ${args.join(' ')}: ${err || out}`)
    return { out, err }
  }

  /** Postgres, NATS with its users, Redis: as the overlay has them, in containers alone. */
  async startServers(manifests: Manifest[]): Promise<void> {
    await this.podman(['network', 'create', this.#network])
    const secret = (name: string) =>
      Object.entries(dataOf(manifests, name)).flatMap(([key, value]) => ['--env', `${key}=${value}`])
    const run = async (name: string, image: string, options: string[], args: string[]) => {
      const container = `${this.#network}-${name}`
      this.#servers.push(container)
      await this.podman([
        ...['run', '--detach', '--name', container, '--network', `${this.#network}:alias=${name}`],
        ...[...options, image, ...args],
      ])
      return container
    }
    const postgres = await run('postgres', 'docker.io/library/postgres:17', secret('postgres'), [
      'postgres',
      '-c',
      'max_connections=200',
    ])
    const nats = ['-c', '/etc/nats/parley.conf', '-sd', '/data', '-m', '8222']
    await run(
      'nats',
      'docker.io/library/nats:2-alpine',
      [...secret('nats'), '--volume', `${NATS_CONF}:/etc/nats/parley.conf:ro`],
      nats,
    )
    await run('redis', 'docker.io/library/redis:7', [], ['redis-server', '--save', '', '--appendonly', 'no'])
    await within(READY_MS, 'Postgres answers', () =>
      this.podman(['exec', postgres, 'pg_isready', '-h', '127.0.0.1', '-U', 'parley']).then(() => true),
    )
  }

  /** A pod of a workload, with another image where one is given; it has begun, and no more. */
  async play(manifests: Manifest[], workload: string, name: string, image?: string): Promise<Pod> {
    const template = manifests.find(({ metadata, spec }) => spec?.template && metadata.name === workload)?.spec.template
    if (!template) throw new Error(`There is no ${workload}`)
    const service = template.metadata.labels['app.kubernetes.io/component'] ?? workload
    const spec = withoutKubelet(template.spec, image)
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: template.metadata.labels }, spec }
    const named = spec.containers.flatMap(({ envFrom = [] }) => envFrom.map(({ configMapRef }) => configMapRef!.name))
    const maps = [...new Set(named)].map((map) => ({
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: map } },
      data: dataOf(manifests, map),
    }))
    this.#pods.add(name)
    const documents = [...maps, pod].map((document) => JSON.stringify(document)).join('\n---\n')
    await this.podman(['kube', 'play', '--network', `${this.#network}:alias=${service}`, '-'], documents)
    const infra = await this.podman(['pod', 'inspect', name, '--format', '{{.InfraContainerID}}'])
    const address = await this.podman([
      'inspect',
      infra,
      '--format',
      '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}',
    ])
    // what is left of it after the 5 s of preStop, which nobody sleeps here
    const graceSeconds = (template.spec.terminationGracePeriodSeconds ?? 30) - 5
    return { name, service, url: `http://${address}:8080`, graceSeconds }
  }

  /** As the kubelet's startup probe would find out. */
  async ready({ name, url }: Pod): Promise<void> {
    await within(READY_MS, `${name} is ready`, async () => (await fetch(`${url}/readyz`)).status === 200)
  }

  /** Resolves with the exit code of the pod's container. */
  async ended({ name, service }: Pod): Promise<number> {
    return Number(await this.podman(['wait', `${name}-${service}`]))
  }

  /** What the pod's container has written so far, to both streams. */
  async saidBy({ name, service }: Pod): Promise<string> {
    const { out, err } = await this.#both(['logs', `${name}-${service}`])
    return (out + err).trimEnd()
  }

  /** As the kubelet does: SIGTERM, and SIGKILL when the grace is over. Resolves with the exit code. */
  async stop(pod: Pod): Promise<number> {
    await this.podman(['stop', '--time', String(pod.graceSeconds), `${pod.name}-${pod.service}`])
    const code = await this.ended(pod)
    await this.#remove(pod.name)
    return code
  }

  async #remove(name: string): Promise<void> {
    await this.podman(['pod', 'rm', '--force', name])
    this.#pods.delete(name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of [...this.#pods]) await this.#remove(name).catch(() => {})
    for (const name of this.#servers) await this.podman(['rm', '--force', '--volumes', name]).catch(() => {})
    await this.podman(['network', 'rm', '--force', this.#network]).catch(() => {})
  }
}

/** What Podman is to run of a pod: probes and hooks are ours, ports would be the machine's, and volumes of claims are empty ones here. */
function withoutKubelet(spec: PodSpec, image: string | undefined): PodSpec {
  const { volumes = [] } = spec
  return {
    ...spec,
    volumes: volumes.map(({ name }) => ({ name, emptyDir: {} })),
    containers: spec.containers.map((container) => {
      const { startupProbe, livenessProbe, readinessProbe, ports, ...rest } = container as Container & {
        lifecycle?: object
      }
      delete rest.lifecycle
      const envFrom = rest.envFrom?.map(({ configMapRef, secretRef }) => ({ configMapRef: configMapRef ?? secretRef! }))
      return { ...rest, ...(envFrom && { envFrom }), image: image ?? `docker.io/${rest.image}` }
    }),
  }
}

/** What a ConfigMap or Secret holds, by its name with or without the hash of its content. */
export function dataOf(manifests: Manifest[], name: string): Record<string, string> {
  const found = manifests.find(
    ({ kind, metadata }) =>
      ['ConfigMap', 'Secret'].includes(kind) &&
      metadata.name.replace(/-[a-z0-9]{10}$/, '') === name.replace(/-[a-z0-9]{10}$/, ''),
  )
  if (!found) throw new Error(`There is no ${name} to take variables from`)
  const { kind, data = {}, stringData } = found
  if (kind !== 'Secret') return data
  const plain = Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()])
  return { ...Object.fromEntries(plain), ...stringData }
}

/** Tries until it is true; rejects with `what` after so many milliseconds. */
export async function within(milliseconds: number, what: string, isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + milliseconds
  while (!(await isTrue().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`In ${milliseconds / 1_000} s it did not come true that ${what}`)
    await sleep(250)
  }
}
