import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { restRoutes } from '@parley/contracts/rest-client'
import { describe, expect, it } from 'vitest'
import { hasKustomize, K8S, type Manifest, parseManifests, render, renderFolder, selects } from './manifests.ts'
import { fieldsOf, modelOf } from './schemas.ts'
import { httpRouteWays, ingressWays, type WayIn } from './ways-in.ts'

const rendered = hasKustomize()
const filesOf = (folder: string) =>
  readdirSync(`${K8S}${folder}`)
    .filter((name) => name.endsWith('.yaml') && !['kustomization.yaml', 'storage.yaml'].includes(name))
    .flatMap((name) => parseManifests(readFileSync(`${K8S}${folder}/${name}`, 'utf8')))

/** Without a kubectl the files themselves, which say all that is checked but for what overlays change. */
const sets: [string, Manifest[]][] = rendered
  ? [
      ['base', render('base')],
      ['overlays/kind', render('overlays/kind')],
      ['overlays/production', render('overlays/production')],
    ]
  : [['base as it is written', filesOf('base').map(named)]]

function named(manifest: Manifest): Manifest {
  const labels = manifest.spec?.template?.metadata.labels
  if (labels) labels['app.kubernetes.io/name'] = 'parley'
  return manifest
}

const read = (file: string) => readFileSync(`${K8S}${file}`, 'utf8')
/** The README's table has all of them: CI compares it with what processes read. */
const knownSettings = () => new Set(read('../README.md').match(/(?<=^\| `)[A-Z0-9_]+(?=` \|)/gm))

const workloadsOf = (manifests: Manifest[]) =>
  manifests.flatMap(({ kind, metadata, spec }) =>
    spec?.template
      ? [{ kind, name: metadata.name, labels: spec.template.metadata.labels, pod: spec.template.spec }]
      : [],
  )

function expectContained(workloads: ReturnType<typeof workloadsOf>): void {
  for (const { name, kind, pod } of workloads) {
    expect(pod, name).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: expect.any(Number),
        seccompProfile: { type: 'RuntimeDefault' },
      },
    })
    expect(pod.securityContext?.runAsUser, name).toBeGreaterThan(0)
    expect(pod.volumes?.some(({ hostPath }) => hostPath) ?? false, name).toBe(false)
    for (const container of [...(pod.initContainers ?? []), ...pod.containers]) {
      expect(container, name).toMatchObject({
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        resources: {
          requests: { cpu: expect.any(String), memory: expect.any(String) },
          limits: { cpu: expect.any(String), memory: expect.any(String) },
        },
      })
      if (kind !== 'Job')
        expect(container, name).toMatchObject({
          startupProbe: expect.anything(),
          livenessProbe: expect.anything(),
          readinessProbe: expect.anything(),
        })
      const volumes = new Set(pod.volumes?.map(({ name }) => name))
      // a StatefulSet makes its claim itself
      if (kind !== 'StatefulSet')
        for (const mount of container.volumeMounts ?? []) expect(volumes, name).toContain(mount.name)
    }
  }
}

const ofParley = { 'app.kubernetes.io/name': 'parley' }
/** Which way the policies close to such a pod. */
function closedWays(policies: Manifest[], labels: Record<string, string>): string[] {
  const ways = policies.filter(({ spec }) => selects(spec.podSelector, labels))
  return [...new Set(ways.flatMap(({ spec }) => spec.policyTypes ?? []))].toSorted()
}

describe.each(sets)('the manifests of %s', (_folder, manifests) => {
  const workloads = workloadsOf(manifests)

  it('are what Kubernetes knows', () => {
    for (const manifest of manifests) {
      const Model = modelOf(manifest)
      if (!Model) throw new Error(`${manifest.apiVersion} ${manifest.kind}`)
      expect(() => new Model(manifest).validate(), `${manifest.kind} ${manifest.metadata.name}`).not.toThrow()
      expect(fieldsOf(manifest).unknown, manifest.metadata.name).toEqual([])
    }
  })

  it('let no container be more than it has to be', () => {
    expect(workloads.length).toBeGreaterThanOrEqual(6)
    expectContained(workloads)
  })

  it('let drains, policies and spread mean each service', () => {
    const services = workloads.filter(({ kind, labels }) => kind === 'Deployment' && labels['app.kubernetes.io/name'])
    expect(services.map(({ name }) => name).toSorted()).toEqual([
      'conversation',
      'edge',
      'gateway',
      'notifier',
      'storage',
    ])
    for (const { name, labels, pod } of services) {
      const means = (kind: string) =>
        manifests
          .filter((other) => other.kind === kind && selects(other.spec.selector, labels))
          .map((m) => m.metadata.name)
      expect(means('PodDisruptionBudget'), name).toEqual([name])
      expect(pod.serviceAccountName, name).toBe(name)
      // preStop, moving sockets, eight seconds for the rest of closing, two for what lingers
      const drainMs = Number(pod.containers[0]?.env?.find(({ name }) => name === 'DRAIN_MS')?.value ?? 2_000)
      expect(pod.terminationGracePeriodSeconds, name).toBeGreaterThanOrEqual(5 + drainMs / 1_000 + 8 + 2)
      expect(pod, name).toMatchObject({
        topologySpreadConstraints: [
          { topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'DoNotSchedule', nodeTaintsPolicy: 'Honor' },
          { topologyKey: 'topology.kubernetes.io/zone' },
        ].map((constraint) => expect.objectContaining(constraint)),
      })
    }
    const policies = manifests.filter(({ kind }) => kind === 'NetworkPolicy')
    const closed = policies.filter(({ metadata }) => metadata.name === 'default-deny')
    expect(closed.map(({ spec }) => spec.policyTypes)).toEqual([['Ingress', 'Egress']])
    for (const { name, labels } of workloads) {
      expect(closedWays(policies, labels), name).toEqual(['Egress', 'Ingress'])
      const own = policies.filter((policy) => !closed.includes(policy) && selects(policy.spec.podSelector, labels))
      expect(own.length, `policies of ${name}`).toBeGreaterThan(0)
    }
  })

  it('take a service out while it cannot serve, and the page never for the sake of others', () => {
    for (const { name, kind, pod } of workloads.filter(({ labels }) => selects({ matchLabels: ofParley }, labels))) {
      if (kind !== 'Deployment') continue
      const path = name === 'edge' ? '/healthz' : '/readyz'
      expect(pod.containers[0], name).toMatchObject({
        startupProbe: { httpGet: { path } },
        readinessProbe: { httpGet: { path } },
        livenessProbe: { httpGet: { path: '/healthz' } },
      })
    }
  })

  it('name only settings that there are', () => {
    const known = knownSettings()
    const maps = manifests.filter(
      ({ kind, metadata }) => ['ConfigMap', 'Secret'].includes(kind) && /^parley-/.test(metadata.name),
    )
    const ofBase = read('base/settings.env').match(/^\w+(?==)/gm) ?? []
    expect(ofBase.length).toBeGreaterThan(5)
    for (const name of [...ofBase, ...maps.flatMap(({ data }) => Object.keys(data ?? {}))])
      expect(known).toContain(name)
    for (const { pod } of workloads)
      for (const { image, env = [] } of pod.containers)
        if (image.includes('parley/')) for (const { name } of env) expect(known).toContain(name)
  })
})

describe('the examples', () => {
  const policies = filesOf('base').filter(({ kind }) => kind === 'NetworkPolicy')

  it('of servers are let in and out in the namespace, where an operator makes their pods', () => {
    const [cluster] = parseManifests(read('examples/cloudnative-pg.yaml'))
    expect(cluster?.metadata.namespace).toBe('parley')
    expect(closedWays(policies, { 'cnpg.io/cluster': cluster!.metadata.name, 'cnpg.io/podRole': 'instance' })).toEqual(
      [],
    )
  })

  it.each(['restored', 'doctor'])('of commands have a Job that may be there and is let out: %s', (name) => {
    const manifests = parseManifests(read(`examples/${name}.yaml`))
    for (const manifest of manifests) {
      expect(manifest.metadata.namespace).toBe('parley')
      const Model = modelOf(manifest)!
      expect(() => new Model(manifest).validate(), manifest.kind).not.toThrow()
      expect(fieldsOf(manifest).unknown, manifest.kind).toEqual([])
    }
    const [job, ...others] = workloadsOf(manifests)
    expect([job?.kind, others]).toEqual(['Job', []])
    expectContained([job!])
    const container = job!.pod.containers[0]!
    expect(container.args?.[0]).toBe(`services/standalone/dist/${name}.js`)
    const made = [...parseManifests(read('examples/secrets.yaml')), ...manifests].map(({ metadata }) => metadata.name)
    for (const { secretRef } of container.envFrom ?? []) expect(made).toContain(secretRef?.name)
    const meaning = [...policies, ...manifests.filter(({ kind }) => kind === 'NetworkPolicy')].filter(({ spec }) =>
      selects(spec.podSelector, job!.labels),
    )
    const ports = meaning.flatMap(
      ({ spec }) => spec.egress?.flatMap(({ ports = [] }) => ports.map(({ port }) => port)) ?? [],
    )
    expect(ports).toEqual(expect.arrayContaining([53, 5432, 4222, 443]))
  })
})

describe.runIf(rendered)('a release', () => {
  it('is waited for by the name of its own Job, whatever became of a former one', () => {
    const job = render('overlays/production').find(({ kind }) => kind === 'Job')
    const tag = job?.spec.template?.spec.containers[0]?.image.split(':')[1]
    expect(job?.metadata.name).toBe(`migrate-${tag}`)
    expect(read('README.md')).toContain('--for=condition=complete --timeout=1h job/migrate-$TAG')
  })
})

describe('ways in', () => {
  const serviceOf: Record<keyof typeof restRoutes, string> = {
    ...{ chat: 'conversation', host: 'conversation', admin: 'conversation' },
    ...{ attachments: 'storage', directUploads: 'storage' },
    ...{ notifications: 'notifier', webhooks: 'notifier' },
  }
  const asked: [string, string][] = [
    ['/', 'edge'],
    ['/assets/index-1a2b.js', 'edge'],
    ['/service-worker.js', 'edge'],
    ['/socket.io/', 'gateway'],
    ['/docs/', 'conversation'],
    ['/openapi.json', 'conversation'],
    ['/v1/attachments', 'storage'],
    ['/v1/attachments/link/abc', 'storage'],
    ['/v1/attachments/resumable/1', 'storage'],
    ['/v1/pictures/1/large', 'storage'],
    ['/v1/notifications/unsubscribe/abc', 'notifier'],
    ['/v1/notifications/replies', 'notifier'],
    ['/v1/notifications/bounces', 'notifier'],
  ]
  for (const [group, operations] of Object.entries(restRoutes) as [keyof typeof restRoutes, Record<string, unknown>][])
    for (const routes of Object.values(operations))
      for (const route of [routes].flat())
        asked.push([`/v1${String(route).split(' ')[1]?.replaceAll(/:\w+/g, 'x1')}`, serviceOf[group]])

  const ways: [string, WayIn][] = [
    ['ingress-nginx', ingressWays(parseManifests(read('components/ingress-nginx/ingress.yaml')))],
    ['the Gateway API', httpRouteWays(parseManifests(read('components/gateway-api/routes.yaml')))],
  ]
  it.each(ways)('%s leads each path to the service that answers it', (_name, way) => {
    expect(asked.length).toBeGreaterThan(100)
    expect(asked.filter(([path, service]) => way(path) !== service)).toEqual([])
  })
})

describe.runIf(rendered)('components', () => {
  it('take the connections of gateways instead of their CPU alone, or leave the decision to KEDA', () => {
    const metrics = (manifests: Manifest[]) =>
      manifests.find(({ kind, metadata }) => kind === 'HorizontalPodAutoscaler' && metadata.name === 'gateway')?.spec
    expect(metrics(renderWith('connections-by-prometheus-adapter'))).toMatchObject({
      metrics: [{ type: 'Resource' }, { type: 'Pods', pods: { metric: { name: 'parley_gateway_sockets' } } }],
    })
    const byKeda = renderWith('connections-by-keda')
    expect(metrics(byKeda)).toBeUndefined()
    expect(byKeda.filter(({ kind }) => kind === 'ScaledObject')).toHaveLength(1)
  })

  it('have every secret that pods name in the examples', () => {
    const manifests = renderWith('external-secrets')
    const named = workloadsOf(manifests).flatMap(({ pod }) =>
      pod.containers.flatMap(({ envFrom = [] }) => envFrom.flatMap(({ secretRef }) => secretRef?.name ?? [])),
    )
    const made = manifests.filter(({ kind }) => kind === 'ExternalSecret').map(({ metadata }) => metadata.name)
    expect(new Set(made)).toEqual(new Set(named))
    const byHand = parseManifests(read('examples/secrets.yaml'))
    expect(new Set(byHand.map(({ metadata }) => metadata.name))).toEqual(new Set(named))
    const known = knownSettings()
    for (const name of byHand.flatMap(({ stringData = {} }) => Object.keys(stringData))) expect(known).toContain(name)
  })

  it('bring dashboards and alerts', () => {
    const maps = renderWith('monitoring').filter(({ kind }) => kind === 'ConfigMap')
    expect(maps.some(({ metadata }) => metadata.labels?.grafana_dashboard === '1')).toBe(true)
    expect(maps.some(({ data }) => Object.keys(data ?? {}).some((file) => file.endsWith('.rules.yaml')))).toBe(true)
  })
})

function renderWith(component: string): Manifest[] {
  const folder = mkdtempSync(join(tmpdir(), 'parley-kustomize-'))
  try {
    const at = (path: string) => relative(folder, `${K8S}${path}`)
    const kustomization = { resources: [at('base')], components: [at(`components/${component}`)] }
    writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization))
    return renderFolder(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
