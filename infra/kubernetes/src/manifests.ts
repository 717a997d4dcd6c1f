import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'

/** The folder of the manifests. */
export const K8S = fileURLToPath(new URL('../../../k8s/', import.meta.url))

export interface Container {
  name: string
  image: string
  command?: string[]
  args?: string[]
  env?: { name: string; value?: string }[]
  envFrom?: { configMapRef?: { name: string }; secretRef?: { name: string } }[]
  ports?: { name: string; containerPort: number }[]
  volumeMounts?: { name: string; mountPath: string }[]
  startupProbe?: object
  livenessProbe?: object
  readinessProbe?: object
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> }
  securityContext?: {
    allowPrivilegeEscalation?: boolean
    readOnlyRootFilesystem?: boolean
    capabilities?: { drop?: string[] }
  }
}

export interface PodSpec {
  serviceAccountName?: string
  automountServiceAccountToken?: boolean
  enableServiceLinks?: boolean
  terminationGracePeriodSeconds?: number
  securityContext?: { runAsNonRoot?: boolean; runAsUser?: number; seccompProfile?: { type: string } }
  initContainers?: Container[]
  containers: Container[]
  volumes?: { name: string; emptyDir?: object; hostPath?: object }[]
}

interface Selector {
  matchLabels?: Record<string, string>
  matchExpressions?: { key: string; operator: string; values: string[] }[]
}

/** What is read of a manifest here; the whole is Kubernetes' to judge. */
export interface Manifest {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string; labels?: Record<string, string> }
  data?: Record<string, string>
  stringData?: Record<string, string>
  spec: {
    template?: { metadata: { labels: Record<string, string> }; spec: PodSpec }
    selector?: Selector
    podSelector?: Selector
    policyTypes?: string[]
    egress?: { ports?: { port: number | string }[] }[]
    ports?: { name: string; port: number; targetPort: string }[]
    rules?: unknown[]
  }
}

/** Whether there is a kubectl that knows components, which Debian's does not. */
export function hasKustomize(): boolean {
  try {
    const said = execFileSync('kubectl', ['version', '--client'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return Number(/Kustomize Version: v(\d+)/.exec(said)?.[1] ?? 0) >= 5
  } catch {
    return false
  }
}

/** What `kubectl apply -k` would send. `folder` is below k8s/. */
export function render(folder: string): Manifest[] {
  return renderFolder(`${K8S}${folder}`)
}

export function renderFolder(folder: string): Manifest[] {
  return parseManifests(execFileSync('kubectl', ['kustomize', folder], { encoding: 'utf8' }))
}

export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest)
}

/** Whether a selector of labels means these. */
export function selects(selector: Selector | undefined, labels: Record<string, string>): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {}
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values }) => {
      if (operator !== 'In') throw new Error(`The operator ${operator} is not known here`)
      return values.includes(labels[key] ?? '')
    })
  )
}
