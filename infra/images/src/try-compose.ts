import { spawn, spawnSync } from 'node:child_process'
import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '@parley/testkit'
import { io, type Socket } from 'socket.io-client'
import { type Engine, findEngine, ROOT } from './engine.ts'

/**
 * `npm run test:compose`: brings everything up from images as infra/compose.yaml says, on other ports than usual and under another name, has two
 * people talk through it, takes it down and up again, and ends with 1 where anything is not as it should be. It needs the images (`npm run
 * images`) and `docker compose`, or another program in COMPOSE.
 */
const PROJECT = 'parley-try'
const compose = (process.env.COMPOSE ?? 'docker compose').split(' ')
const say = (line: string) => void process.stdout.write(`${line}\n`)
const started = performance.now()
const since = (from: number) => `${((performance.now() - from) / 1000).toFixed(1)} s`

const engine = findEngine()
const port = await freePort()
const url = `http://127.0.0.1:${port}`
const ports: Record<string, string> = { PARLEY_PORT: String(port) }
for (const name of ['POSTGRES', 'NATS', 'REDIS', 'S3', 'MAIL', 'SMTP'])
  ports[`PARLEY_${name}_PORT`] = String(await freePort())

interface Run {
  code: number | null
  output: string
}

function composeOnce(args: string[], env: Record<string, string> = {}, files = ['compose.yaml']): Promise<Run> {
  const [program = '', ...first] = compose
  const all = [...first, '--project-name', PROJECT, ...files.flatMap((file) => ['-f', `infra/${file}`]), ...args]
  const child = spawn(program, all, {
    cwd: ROOT,
    env: { ...process.env, ...ports, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  return new Promise((done, fail) => child.once('error', fail).once('close', (code) => done({ code, output })))
}

async function must(args: string[]): Promise<string> {
  const { code, output } = await composeOnce(args)
  if (code !== 0) throw new Error(`${[...compose, ...args].join(' ')} ended with ${code}:\n${output.slice(-4_000)}`)
  return output
}

function check(what: string, isSo: boolean, detail: unknown = ''): void {
  if (!isSo) throw new Error(`Not so: ${what} ${typeof detail === 'string' ? detail : JSON.stringify(detail)}`)
  say(`  ${what}`)
}

/** Podman leaves it to systemd to ask containers how they are; where there is none, they are asked from here. */
function askHealth(of: Engine): () => void {
  const isPodman = of.ask(['version', '--format', '{{json .}}'])?.includes('Podman') || of.program === 'podman'
  if (!isPodman || existsSync('/run/systemd/system')) return () => {}
  let isOver = false
  const ask = async () => {
    while (!isOver) {
      const { stdout } = spawnSync('podman', ['ps', '-q', '--filter', `label=com.docker.compose.project=${PROJECT}`], {
        encoding: 'utf8',
      })
      for (const id of stdout.split('\n').filter(Boolean)) {
        await new Promise((done) =>
          spawn('podman', ['healthcheck', 'run', id], { stdio: 'ignore' }).once('close', done),
        )
        if (isOver) return
      }
      await sleep(500)
    }
  }
  void ask()
  return () => {
    isOver = true
  }
}

// biome-ignore lint/suspicious/noExplicitAny: what is read is compared where it is used
type Json = Record<string, any>

async function ask(token: string, method: string, path: string, body?: FormData | object): Promise<Json> {
  const isForm = body instanceof FormData
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && !isForm && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return text ? JSON.parse(text) : {}
}

async function connect(token: string, transport: 'websocket' | 'polling'): Promise<Socket> {
  const socket = io(url, { auth: { token }, transports: [transport], forceNew: true })
  await new Promise<void>((done, fail) => {
    const late = setTimeout(() => fail(new Error(`no ready over ${transport}`)), 15_000)
    socket.once('ready', () => {
      clearTimeout(late)
      done()
    })
    socket.on('connect_error', (error) => say(`  (${transport}: ${error.message})`))
  })
  return socket
}

async function talk(): Promise<{ conversationId: string; said: string; ben: string }> {
  const { data: people } = (await (await fetch(`${url}/dev/people`)).json()) as {
    data: { userId: string; token: string }[]
  }
  const tokenOf = (userId: string) => people.find((person) => person.userId === userId)?.token ?? ''
  const [ana, ben] = [tokenOf('ana'), tokenOf('ben')]
  const sockets = [await connect(ana, 'websocket'), await connect(ben, 'polling')] as const
  try {
    const heard = new Promise<Json>((done) => sockets[1].on('new_message', done))
    const said = `Is Friday still on? ${randomUUID()}`
    const reply = await sockets[0]
      .timeout(5_000)
      .emitWithAck('send_message', { to: 'ben', content: said, clientId: randomUUID() })
    check('ana sends over a WebSocket', reply.ok, reply)
    const { content, conversationId } = await Promise.race([heard, sleep(10_000).then((): Json => ({}))])
    check('ben hears it over long polling', content === said, content)
    const answer = { content: 'It is.', clientId: randomUUID() }
    const answered = new Promise<Json>((done) => sockets[0].on('new_message', done))
    await ask(ben, 'POST', `/v1/conversations/${conversationId}/messages`, answer)
    check('ana hears what ben answers by REST', (await answered).content === 'It is.')
    const form = new FormData()
    form.set('content', 'The harbour')
    form.set('clientId', randomUUID())
    form.set('file', new Blob(['made of words'], { type: 'text/plain' }), 'harbour.txt')
    const withFile = await ask(ana, 'POST', `/v1/conversations/${conversationId}/messages`, form)
    const file = await fetch(`${url}/v1/attachments/${withFile.attachments[0].id}/content`, {
      headers: { authorization: `Bearer ${ben}` },
    })
    check('ben reads what ana attached, which the bucket keeps', (await file.text()) === 'made of words', file.status)
    return { conversationId, said, ben }
  } finally {
    for (const socket of sockets) socket.disconnect()
  }
}

/** What people get who are away, as the mail sink shows it; the demo's people have addresses. */
async function tellByMail(conversationId: string): Promise<void> {
  const { data: people } = (await (await fetch(`${url}/dev/people`)).json()) as {
    data: { userId: string; token: string }[]
  }
  const ana = people.find((person) => person.userId === 'ana')?.token ?? ''
  const said = `Bring the tent ${randomUUID()}`
  await ask(ana, 'POST', `/v1/conversations/${conversationId}/messages`, { content: said, clientId: randomUUID() })
  const from = performance.now()
  const sink = `http://127.0.0.1:${ports.PARLEY_MAIL_PORT}/api/v1`
  const read = async (path: string): Promise<Json> => (await fetch(`${sink}${path}`)).json() as Promise<Json>
  const found = async () => (await read(`/search?query=${encodeURIComponent(`"${said}"`)}`)).messages as Json[]
  while ((await found()).length === 0 && performance.now() - from < MAIL_WITHIN_MS) await sleep(500)
  const mails = await found()
  check(
    `ben, who is away, has one e-mail of it after ${since(from)}, and ana, who said it, none`,
    mails.length === 1 && mails[0]?.To.length === 1 && mails[0].To[0].Address === 'ben@example.com',
    mails,
  )
  const id = mails[0]?.ID
  const { Text, HTML } = await read(`/message/${id}`)
  check(
    'it has the words as text and as HTML',
    [Text, HTML].every((part) => String(part).includes(said)),
    Text,
  )
  const headers = await read(`/message/${id}/headers`)
  const leave = /<([^>]+)>/.exec(headers['List-Unsubscribe']?.[0] ?? '')?.[1]
  check('it says where to turn e-mails off', Boolean(leave) && Boolean(headers['List-Unsubscribe-Post']), headers)
  // where PUBLIC_URL is, is here another port
  const { status } = await fetch(`${url}${new URL(leave!).pathname}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'List-Unsubscribe=One-Click',
  })
  check('and does, with one request', status === 200 || status === 204, status)
}

/** A message is left fifteen seconds to be read, and a machine may be busy. */
const MAIL_WITHIN_MS = 90_000

const PRODUCTION = ['compose.yaml', 'compose.production.yaml']

/** What infra/production.env.example asks for. */
function productionEnvironment(secret: string): Record<string, string> {
  const example = readFileSync(`${ROOT}infra/production.env.example`, 'utf8')
  const names = [...example.matchAll(/^(\w+)=/gm)].map(([, name]) => name!)
  const own = Object.fromEntries(names.map((name) => [name, `p${randomBytes(16).toString('hex')}`]))
  const empty = ['JWT_PUBLIC_KEY', 'JWT_JWKS_URL', 'VAPID_PUBLIC_KEY', 'VAPID_PRIVATE_KEY'].map((name) => [name, ''])
  const mail = {
    PUBLIC_URL: 'https://chat.example.com',
    SMTP_URL: 'smtp://mail.invalid:587',
    MAIL_FROM: 'chat@example.com',
  }
  return { ...own, ...Object.fromEntries(empty), ...mail, JWT_SECRET: secret }
}

/** RFC 7519, signed with HS256. */
function sign(claims: Record<string, unknown>, secret: string): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ exp: Math.floor(Date.now() / 1000) + 3_600, ...claims })}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

const stopAsking = askHealth(engine)
try {
  await must(['down', '--volumes', '--timeout', '15'])
  let from = performance.now()
  await must(['up', '--detach', '--wait', '--wait-timeout', '180', '--no-build', '--pull', 'never'])
  say(`everything is up and well in ${since(from)}`)
  const running = (await must(['ps', '--services', '--status', 'running'])).trim().split('\n').sort()
  say(`  ${running.join(', ')}`)
  const page = await (await fetch(url)).text()
  const script = /src="(?:\.?\/)?(assets\/[^"]+\.js)"/.exec(page)?.[1]
  check('the page opens, with its script', (await fetch(`${url}/${script}`)).ok, page.slice(0, 300))
  const { conversationId, said, ben } = await talk()
  await tellByMail(conversationId)
  from = performance.now()
  await must(['stop', '--timeout', '20', 'conversation', 'gateway', 'storage', 'notifier', 'edge'])
  const ended = await must(['ps', '--all', '--format', 'json'])
  const codes = ended
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { Service: string; State: string; ExitCode: number })
    .filter(({ State }) => State === 'exited')
  check(
    `each service ends by SIGTERM with 0, all within ${since(from)}`,
    codes.length === 9 && codes.every(({ ExitCode }) => ExitCode === 0),
    codes,
  )
  await must(['down', '--timeout', '15'])
  from = performance.now()
  await must(['up', '--detach', '--wait', '--wait-timeout', '180', '--no-build', '--pull', 'never'])
  say(`taken down, and up again in ${since(from)}`)
  const { data } = await ask(ben, 'GET', `/v1/conversations/${conversationId}/messages?limit=50`)
  check(
    'what was said is still there',
    data.some((message: Json) => message.content === said),
  )
  await talk()
  await must(['down', '--volumes', '--timeout', '15'])
  const refused = await composeOnce(['up', '--detach', '--no-build'], {}, PRODUCTION)
  check(
    'production starts nothing without secrets of its own',
    refused.code !== 0 && /of your own|your mail server/.test(refused.output),
    refused.output,
  )
  from = performance.now()
  const secret = randomBytes(32).toString('hex')
  const env = productionEnvironment(secret)
  const up = await composeOnce(
    ['up', '--detach', '--wait', '--wait-timeout', '180', '--no-build', '--pull', 'never'],
    env,
    PRODUCTION,
  )
  check(`production is up and well with them in ${since(from)}`, up.code === 0, up.output.slice(-3_000))
  check('it has no development tools', (await fetch(`${url}/dev/people`)).status === 404)
  const { userId } = await ask(sign({ sub: 'ana', name: 'Ana' }, secret), 'GET', '/v1/me')
  check('it takes a token that is signed with its secret', userId === 'ana', userId)
  await composeOnce(['down', '--volumes', '--timeout', '15'], env, PRODUCTION)
  say(`all of it in ${since(started)}`)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  const { output } = await composeOnce(['logs', '--tail', '15'])
  process.stderr.write(output.slice(-12_000))
  process.exitCode = 1
} finally {
  stopAsking()
  await composeOnce(['down', '--volumes', '--timeout', '15'])
}
