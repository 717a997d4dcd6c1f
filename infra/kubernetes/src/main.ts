import { Cluster, until } from './cluster.ts'
import { K8S } from './manifests.ts'
import { sourceScript } from './script.ts'

/**
 * What the manifests mean to a Kubernetes: it takes each overlay without a warning into a namespace that enforces Pod Security
 * `restricted`, everything becomes available and spreads, autoscalers take hold, and neither emptying a node nor a rolling update takes
 * away more pods than it may. Nothing runs in these pods: for that there is `npm run test:pods`.
 */

const NAMESPACE = 'parley'
const said = (line: string) => void process.stdout.write(`${line}\n`)
const kubernetes = new Cluster(sourceScript('PARLEY_KUBE_SCRIPT', 'kube.sh'))
const check = (isTrue: boolean, what: string) => {
  if (!isTrue) throw new Error(`Not so: ${what}`)
  said(`  ok  ${what}`)
}

const { major, minor } = JSON.parse(await kubernetes.run(['get', '--raw', '/version']))
said(`Kubernetes ${major}.${minor}`)
const beating = setInterval(() => void beat().catch(() => {}), 5_000)
try {
  await beat()
  for (const overlay of ['kind', 'production']) await prove(overlay)
} finally {
  clearInterval(beating)
}

async function prove(overlay: string): Promise<void> {
  said(`\noverlays/${overlay}`)
  await until('both nodes are ready', async () => (await readyNodes()) === 2)
  await kubernetes.run(['delete', 'namespace', NAMESPACE, '--ignore-not-found', '--timeout=180s'])
  await kubernetes.run(['delete', 'pv', '--all'])
  await kubernetes.run(['apply', '-f', '-'], volumes())
  const applied = await kubernetes.run(['apply', '--server-side', '-k', `${K8S}overlays/${overlay}`])
  check(!/warning/i.test(applied), `applied without a warning: ${applied.trim().split('\n').length} objects`)
  const root = await kubernetes.attempt(['-n', NAMESPACE, 'run', 'root', '--image=busybox', '--dry-run=server'])
  check(root.code !== 0 && /violates PodSecurity "restricted/.test(root.said), 'a pod that may do more is refused')

  const wanted = new Map<string, number>()
  for (const { metadata, spec, status } of await autoscalersInForce()) {
    wanted.set(metadata.name, spec.minReplicas ?? 1)
    const able = status.conditions?.find(({ type }) => type === 'AbleToScale')
    check(able?.status === 'True', `the autoscaler of ${metadata.name} works: ${able?.reason}`)
  }
  await until('every Deployment is available', async () => {
    const ready = await kubernetes.readyPods(NAMESPACE)
    return [...wanted].every(([name, count]) => (ready.get(name)?.length ?? 0) >= count)
  })
  await kubernetes.run(['-n', NAMESPACE, 'wait', '--for=condition=Available', 'deployment', '--all', '--timeout=180s'])
  check(true, `available: ${[...wanted].map(([name, count]) => `${name} ${count}`).join(', ')}`)
  const ready = await kubernetes.readyPods(NAMESPACE)
  for (const [name, nodes] of ready)
    if (nodes.length > 1) check(new Set(nodes).size === 2, `${name} is on ${nodes.toSorted().join(', ')}`)

  // then everything is on one node, and the second drain has to take the pods of each service one after the other
  for (const node of ['node-1', 'node-2']) await drain(node, wanted)
  await rollingUpdate(wanted)
}

async function readyNodes(): Promise<number> {
  const nodes = await kubernetes.list('nodes', 'default')
  return nodes.filter(({ status }) =>
    status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
  ).length
}

async function autoscalersInForce() {
  await until('every autoscaler has decided', async () =>
    (await kubernetes.list('hpa', NAMESPACE)).every(({ status }) => (status.conditions?.length ?? 0) > 0),
  )
  return kubernetes.list('hpa', NAMESPACE)
}

async function drain(node: string, wanted: Map<string, number>): Promise<void> {
  const args = ['drain', node, '--ignore-daemonsets', '--delete-emptydir-data', '--force', '--timeout=300s']
  const { answer, fewest } = await watching(wanted, () => kubernetes.run(args))
  const waits = answer.match(/would violate the pod's disruption budget/g)?.length ?? 0
  await kubernetes.run(['uncordon', node])
  for (const [name, count] of wanted)
    check(
      (fewest.get(name) ?? 0) >= count - 1,
      `${node} drained: of ${count} ${name} never fewer than ${fewest.get(name)} were there`,
    )
  said(`      the drain waited ${waits} times for a budget`)
  await whole(wanted)
}

async function rollingUpdate(wanted: Map<string, number>): Promise<void> {
  const names = [...wanted.keys()]
  const { fewest } = await watching(wanted, async () => {
    for (const name of names)
      await kubernetes.run(['-n', NAMESPACE, 'set', 'image', `deployment/${name}`, `${name}=parley/${name}:next`])
    for (const name of names)
      await kubernetes.run(['-n', NAMESPACE, 'rollout', 'status', `deployment/${name}`, '--timeout=300s'])
  })
  for (const [name, count] of wanted)
    check(
      (fewest.get(name) ?? 0) >= count,
      `rolled out: of ${count} ${name} never fewer than ${fewest.get(name)} were there`,
    )
}

/** Does something, and counts meanwhile how many pods of each Deployment were ready at the least. */
async function watching<T>(wanted: Map<string, number>, work: () => Promise<T>) {
  const fewest = new Map([...wanted].map(([name]) => [name, Number.POSITIVE_INFINITY]))
  let isOver = false
  const counting = (async () => {
    while (!isOver) {
      const ready = await kubernetes.readyPods(NAMESPACE)
      for (const name of wanted.keys()) fewest.set(name, Math.min(fewest.get(name) ?? 0, ready.get(name)?.length ?? 0))
    }
  })()
  try {
    return { answer: await work(), fewest }
  } finally {
    isOver = true
    await counting
  }
}

async function whole(wanted: Map<string, number>): Promise<void> {
  await until('everything is back', async () => {
    const ready = await kubernetes.readyPods(NAMESPACE)
    return [...wanted].every(([name, count]) => (ready.get(name)?.length ?? 0) >= count)
  })
}

/** Says for the pretended nodes that they are there: on a busy machine that comes late, and then all their pods count as not ready. */
async function beat(): Promise<void> {
  const leases = ['node-1', 'node-2'].map((name) => ({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, namespace: 'kube-node-lease' },
    spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: new Date().toISOString().replace('Z', '000Z') },
  }))
  await kubernetes.run(
    ['apply', '--server-side', '--force-conflicts', '-f', '-'],
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: leases }),
  )
}

/** There is nobody here who makes volumes. */
function volumes(): string {
  const names = ['one', 'two', 'three']
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'StorageClass',
        metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
        provisioner: 'kubernetes.io/no-provisioner',
      },
      ...names.map((name) => ({
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name },
        spec: {
          storageClassName: 'standard',
          capacity: { storage: '10Gi' },
          accessModes: ['ReadWriteOnce'],
          persistentVolumeReclaimPolicy: 'Retain',
          hostPath: { path: `/var/lib/parley/${name}` },
        },
      })),
    ],
  })
}
