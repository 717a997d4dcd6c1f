import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { K8S, parseManifests, render } from './manifests.ts'
import { dataOf, type Pod, Pods, within } from './pods.ts'
import { sourceScript } from './script.ts'
import { Pair } from './talkers.ts'

/**
 * The rendered manifests as pods that run, by `podman kube play`: the database is migrated by the Job's pod, two people talk, and then every
 * pod of every service is replaced by one of another image, one after the other, while people go on talking. Nothing that was
 * acknowledged is missing or comes twice, nobody's send fails for good, and sockets have moved. Then the Jobs of k8s/examples run: `doctor`
 * beside the services, and `restored` where none runs; what was said is there when they have begun again.
 */

const { values: options } = parseArgs({
  options: {
    from: { type: 'string', default: 'latest' },
    to: { type: 'string' },
    pairs: { type: 'string', default: '10' },
  },
})
const SERVICES = ['conversation', 'storage', 'notifier', 'gateway']
const PER_SERVICE = 2
const TALK_MS = 400

const began = Date.now()
const said = (line: string) =>
  void process.stdout.write(`${String(Math.round((Date.now() - began) / 1_000)).padStart(4)} s  ${line}\n`)
const indented = (text: string) => text.replaceAll(/^/gm, '        ')
const check = (isTrue: boolean, what: string, detail = '') => {
  if (!isTrue) throw new Error(`Not so: ${what}\n${indented(detail)}`)
  said(`ok  ${what}`)
}

const manifests = render('overlays/kind')
await using pods = new Pods(sourceScript('PARLEY_ENGINE_SCRIPT', 'engine.sh'))
const imageOf = (name: string, tag: string) => `docker.io/parley/${name}:${tag}`
const nextTag = options.to ?? (await nextImages())

await pods.startServers(manifests)
said('Postgres, NATS and Redis are there')
const migrating = await pods.play(manifests, 'migrate-latest', 'migrate', imageOf('standalone', options.from))
const migrated = await pods.ended(migrating)
check(migrated === 0, 'the Job has migrated the database', await pods.saidBy(migrating))

let running: Pod[] = []
for (const service of SERVICES)
  for (let i = 1; i <= PER_SERVICE; i++)
    running.push(await pods.play(manifests, service, `${service}-${i}`, imageOf(service, options.from)))
const edge = await pods.play(manifests, 'edge', 'edge-1', imageOf('edge', options.from))
for (const pod of [...running, edge]) await pods.ready(pod)
said(`${running.length + 1} pods are ready; the way in is ${edge.url}`)
const page = await fetch(edge.url)
check(page.status === 200 && (await page.text()).includes('<div id="root">'), 'the page opens')

const pairs = await Promise.all(Array.from({ length: Number(options.pairs) }, (_, i) => pairOf(i)))
try {
  await Promise.all(pairs.map((pair) => pair.connected()))
  for (const pair of pairs) pair.talk(TALK_MS)
  await within(60_000, 'two people talk', async () => pairs.every(({ heard }) => heard.length >= 3))
  said(`${2 * pairs.length} people talk`)
  const gateways = new Set(pairs.flatMap((pair) => pair.gateways))

  for (const old of [...running]) {
    const successor = await pods.play(manifests, old.service, `${old.name}-next`, imageOf(old.service, nextTag))
    await pods.ready(successor)
    const code = await pods.stop(old)
    running = [...running.filter((pod) => pod !== old), successor]
    check(code === 0, `${old.name} gave way to ${successor.name}, and ended with 0`)
  }

  const before = pairs.map(({ heard }) => heard.length)
  await within(60_000, 'they go on', async () => pairs.every(({ heard }, i) => heard.length >= before[i]! + 3))
  await Promise.all(pairs.map((pair) => pair.stop()))
  await within(30_000, 'everything is known to the other', async () =>
    pairs.every((pair) => pair.unknown().length === 0),
  ).catch((err: Error) => {
    throw new Error([err.message, ...pairs].join('\n'))
  })
  for (const pair of pairs) {
    const history = await pair.history()
    if (JSON.stringify(history.map(({ content }) => content)) !== JSON.stringify([...pair.acknowledged.keys()]))
      throw new Error(`${pair.acknowledged.size} were acknowledged, and the history has ${history.length}`)
    const live = pair.heard.map(({ seq }) => seq)
    if (live.some((seq, i) => i > 0 && seq <= live[i - 1]!)) throw new Error(`Heard twice, or out of order: ${live}`)
  }
  const total = pairs.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0)
  const again = pairs.flatMap((pair) => pair.again)
  check(true, `${total} sends: each acknowledged, in the history once, and known to the other, in order`)
  said(`    of these ${again.length} were tried again (${[...new Set(again)].join(', ') || 'none'})`)
  const moved = new Set(pairs.flatMap((pair) => pair.gateways)).size
  check(moved > gateways.size, `sockets moved: ${gateways.size} gateways before, ${moved - gateways.size} others since`)

  const examined = await runJob('doctor')
  check(examined.code === 0, `the Job doctor finds nothing wrong:\n${examined.said}`)
  const refused = await runJob('restored')
  check(refused.code === 1, `the Job restored refuses while processes run:\n${refused.said}`)
  for (const pod of running) await pods.stop(pod)
  const restored = await runJob('restored')
  check(restored.code === 0, `the Job restored has done its work where none runs:\n${restored.said}`)
  const begun = await Promise.all(
    ['conversation', 'gateway'].map((service) =>
      pods.play(manifests, service, `${service}-restored`, imageOf(service, nextTag)),
    ),
  )
  for (const pod of begun) await pods.ready(pod)
  for (const pair of pairs)
    await within(30_000, 'what was said is there', async () => (await pair.history()).length === pair.acknowledged.size)
  check(true, 'services begin after it, and everything that was said is there')
} finally {
  for (const pair of pairs) pair.close()
}

/** A Job of k8s/examples to its end, set as the overlay is, and with the operator's password. */
async function runJob(name: string): Promise<{ code: number; said: string }> {
  const password = dataOf(manifests, 'nats').PARLEY_NATS_OPERATOR_PASSWORD!
  const text = readFileSync(`${K8S}examples/${name}.yaml`, 'utf8').replace(
    'operator:PASSWORD@nats.nats.svc',
    `operator:${password}@nats`,
  )
  const example = parseManifests(text)
  for (const container of example.flatMap(({ spec }) => spec?.template?.spec.containers ?? [])) {
    delete container.env
    container.envFrom?.unshift({ configMapRef: { name: 'parley-settings' } })
  }
  const pod = await pods.play([...manifests, ...example], name, `${name}-job`, imageOf('standalone', options.from))
  const code = await pods.ended(pod)
  const said = await pods.saidBy(pod)
  await pods.stop(pod)
  return { code, said: indented(said) }
}

async function pairOf(i: number): Promise<Pair> {
  const names = ['ana', 'ben'].map((name) => `${name}-${i}-${process.pid}`)
  const tokens = await Promise.all(
    names.map(async (userId) => {
      const response = await fetch(`${edge.url}/dev/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ userId }),
      })
      return ((await response.json()) as { token: string }).token
    }),
  )
  // somebody is known from their first request on
  for (const token of tokens) await fetch(`${edge.url}/v1/me`, { headers: { authorization: `Bearer ${token}` } })
  return new Pair(edge.url, tokens as [string, string], names[1]!)
}

/** Where there is no other version: images of the same code that are others to the engine. */
async function nextImages(): Promise<string> {
  for (const service of SERVICES)
    await pods.podman(
      ['build', '--tag', imageOf(service, 'next'), '-'],
      `FROM ${imageOf(service, options.from)}\nLABEL parley.next=1\n`,
    )
  return 'next'
}
