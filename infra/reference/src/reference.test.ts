import { fileURLToPath } from 'node:url'
import specs from '@asyncapi/specs'
import {
  admin,
  attachments,
  chat,
  clientEvents,
  directUploads,
  Event,
  errorStatus,
  eventData,
  host,
  httpRoutes,
  notifications,
  Policy,
  serverEvents,
  webhooks,
} from '@parley/contracts'
import { presets } from '@parley/conversation'
import { settings } from '@parley/runtime'
import { Ajv, type ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { beforeAll, describe, expect, test } from 'vitest'
import { asyncapiDocument } from './asyncapi.ts'
import { clientEventExamples, eventExample, serverEventExamples } from './examples.ts'
import { inWords } from './policy-words.ts'
import { withPolicyTables } from './presets-page.ts'
import { outOfStep, referenceFiles } from './reference-files.ts'
import { withSettings } from './settings-section.ts'

/** As far as the tests look into the documents. */
interface Operation {
  operationId?: string
  summary?: string
  tags?: string[]
  security?: object[]
  parameters?: { name: string; in: string; description?: string; schema?: object }[]
  responses: Record<string, { description: string; content?: Record<string, { schema: { $ref?: string } }> }>
}
interface Openapi {
  openapi: string
  security: object[]
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, object> }
}
interface Asyncapi {
  channels: Record<string, { messages: Record<string, { payload: object; examples?: { payload: unknown }[] }> }>
  operations: Record<string, { action: string; reply?: { messages: { $ref: string }[] } }>
}

const root = fileURLToPath(new URL('../../..', import.meta.url))
/** Only gateways ask for it, when an admin's socket joins. */
const onlyOfSockets = ['observeConversation']
/** They take or answer no JSON, and stand in the storage service itself. */
const movingBytes = [
  'uploadAttachments',
  'getContent',
  'getVariant',
  'openLink',
  'getPicture',
  'getPictureVariant',
  'beginResumableUpload',
  'resumeUpload',
  'endResumableUpload',
]
/** Whoever has their addresses may call them. */
const openToAll = ['openLink', 'getPicture', 'getPictureVariant']
const lax = { strict: false, validateFormats: false, allErrors: true, unicodeRegExp: true }

describe('what is checked in', () => {
  test('is what the code says', async () => {
    expect(outOfStep(root, await referenceFiles(root)), 'run npm run generate').toEqual([])
  })

  test('is named when it is out of step', () => {
    expect(outOfStep(root, new Map([['docs/reference/errors.md', 'something else']]))).toEqual([
      'docs/reference/errors.md',
    ])
  })

  test('the settings in a README stand between two marks; the rest of it stays', () => {
    const readme = 'before\n<!-- settings -->\nold\n<!-- settings -->\nafter\n'
    const renewed = withSettings(readme)
    expect(renewed).toMatch(/^before\n<!-- settings -->\n\| variable /)
    expect(renewed).toMatch(/\|\n<!-- settings -->\nafter\n$/)
    for (const name of Object.keys(settings)) expect(renewed).toContain(`\`${name}\``)
    expect(withSettings(renewed)).toBe(renewed)
    expect(() => withSettings('no marks')).toThrow('README.md needs two lines')
  })
})

describe('openapi.json', () => {
  let document: Openapi
  let operations: [route: string, operation: Operation][]
  beforeAll(async () => {
    document = JSON.parse((await referenceFiles(root)).get('docs/reference/openapi.json')!)
    operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, Operation] => [`${method} ${path}`, operation]),
    )
  })

  test('is OpenAPI 3.1 and has only routes of /v1', () => {
    expect(document.openapi).toBe('3.1.0')
    expect(Object.keys(document.paths).filter((path) => !path.startsWith('/v1/'))).toEqual([])
  })

  test('every route says what it is, who may call it, and how it fails', () => {
    for (const [route, operation] of operations) {
      expect(operation, route).toMatchObject({
        operationId: expect.any(String),
        summary: expect.any(String),
        tags: [expect.any(String)],
      })
      const who = openToAll.includes(operation.operationId ?? '') ? [] : [{ token: [] }]
      expect(operation.security ?? document.security, route).toEqual(who)
      for (const status of ['400', '401', '403', '422', '500', '503'])
        expect([route, status, operation.responses[status]?.content]).toEqual([
          route,
          status,
          { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        ])
      for (const { description } of Object.values(operation.responses)) expect(description).not.toBe('Default Response')
    }
  })

  test('every parameter is described', () => {
    const undescribed = operations.flatMap(([route, { parameters = [] }]) =>
      parameters.filter(({ description }) => !description).map(({ name }) => `${route} ${name}`),
    )
    expect(undescribed).toEqual([])
    for (const [route, { parameters = [] }] of operations) {
      const named = [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      expect(parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)).toEqual(named)
    }
  })

  test('its operations are those that the contracts bind, and every procedure has one', () => {
    const contracts = [chat, host, admin, attachments, directUploads, notifications, webhooks]
    const routes = contracts.flatMap((contract) => httpRoutes(contract))
    const ids = operations.map(([, { operationId = '' }]) => operationId)
    const all = [...routes.map(({ operationId }) => operationId), ...movingBytes]
    expect(ids.sort()).toEqual(all.sort())
    const bound = routes.map(({ procedure }) => procedure)
    const procedures = contracts.flatMap((contract) => Object.keys(contract.procedures))
    expect(procedures.filter((name) => !bound.includes(name))).toEqual(onlyOfSockets)
  })

  test('every reference leads to a component, and every component is referred to', () => {
    const referred = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name)
    expect([...new Set(referred)].sort()).toEqual(Object.keys(document.components.schemas).sort())
  })

  test('its components are schemas that examples pass', () => {
    const ajv = new Ajv2020(lax)
    ajv.addSchema({ $id: 'parley', components: document.components })
    const check = (name: string) => ajv.getSchema(`parley#/components/schemas/${name}`)!
    expect(valid(check('Message'), serverEventExamples.new_message)).toEqual([])
    expect(valid(check('Conversation'), clientEventExamples.join_conversation.output)).toEqual([])
    expect(valid(check('SendMessage'), clientEventExamples.send_message.input)).toEqual([])
    expect(valid(check('Message'), {})).not.toEqual([])
  })
})

describe('asyncapi.json', () => {
  const document = JSON.parse(JSON.stringify(asyncapiDocument())) as Asyncapi
  const { messages } = document.channels.sockets!

  test('is a valid AsyncAPI 3.0 document', () => {
    // the specification brings its own copy of the meta-schema
    const check = new Ajv({ ...lax, meta: false, validateSchema: false }).compile(specs.schemas['3.0.0'] as object)
    expect(valid(check, document)).toEqual([])
    expect(valid(check, { ...document, channels: { sockets: { messages: 1 } } })).not.toEqual([])
  })

  test('has every event of clients, with its acknowledgement', () => {
    for (const name of Object.keys(clientEvents)) {
      expect(Object.keys(messages)).toEqual(expect.arrayContaining([name, `${name}.ack`]))
      expect(document.operations[name]).toMatchObject({
        action: 'receive',
        reply: { messages: [{ $ref: `#/channels/sockets/messages/${name}.ack` }] },
      })
    }
  })

  test('has every event that clients hear', () => {
    for (const name of Object.keys(serverEvents)) {
      expect(Object.keys(messages)).toContain(name)
      expect(document.operations[name]).toMatchObject({ action: 'send' })
    }
  })

  test('has every durable event and procedure', () => {
    expect(Object.keys(document.channels.events!.messages)).toEqual(Object.keys(eventData))
    expect(Object.keys(document.channels['rpc.chat']!.messages)).toEqual(
      expect.arrayContaining(Object.keys(chat.procedures)),
    )
  })

  test('every reference leads somewhere', () => {
    const text = JSON.stringify(document)
    for (const [, path = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const target = path.split('/').reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], document)
      expect([path, target]).toEqual([path, expect.any(Object)])
    }
  })

  test('every example passes its schema, and every message of the sockets has one', () => {
    const ajv = new Ajv(lax)
    ajv.addSchema({ ...document, $id: 'parley' })
    for (const [channel, part] of Object.entries(document.channels))
      for (const [name, { examples = [] }] of Object.entries(part.messages)) {
        if (channel === 'sockets') expect([name, examples.length]).toEqual([name, 1])
        const check = ajv.getSchema(`parley#/channels/${channel}/messages/${name}/payload`)!
        for (const { payload } of examples) expect([name, valid(check, payload)]).toEqual([name, []])
        if (examples.length > 0) expect(valid(check, 1)).not.toEqual([])
      }
  })

  test('the example of an event has the envelope of the contract', () => {
    expect(Object.keys(eventExample)).toEqual(Object.keys(Event.properties))
  })
})

test('errors.md has every code with its status', async () => {
  const page = (await referenceFiles(root)).get('docs/reference/errors.md')
  for (const [code, status] of Object.entries(errorStatus)) expect(page).toContain(`| \`${code}\` | ${status} | `)
})

test('sockets.md has every event', async () => {
  const page = (await referenceFiles(root)).get('docs/reference/sockets.md')
  for (const name of [...Object.keys(clientEvents), ...Object.keys(serverEvents)]) {
    expect(page).toContain(`| [\`${name}\`](#${name}) | `)
    expect(page).toContain(`\n### ${name}\n`)
  }
})

describe('presets.md', () => {
  test('has every setting of every section, and every preset', async () => {
    const page = (await referenceFiles(root)).get('docs/presets.md')
    for (const [name, preset] of Object.entries(presets)) {
      expect(page).toContain(` \`${name}\` |`)
      for (const [section, settings] of Object.entries(preset))
        if (typeof settings === 'object' && section !== 'contexts')
          for (const setting of Object.keys(settings)) expect(page).toContain(`| \`${section}.${setting}\` | `)
      for (const [type, { statuses }] of Object.entries(preset.contexts))
        for (const status of Object.keys(statuses))
          expect(page).toContain(`| \`${name}\` | \`${type}\` | \`${status}\` | `)
    }
  })

  test('a preset is a policy that a tenant could put', () => {
    const check = new Ajv(lax).compile(Policy)
    for (const [name, preset] of Object.entries(presets)) {
      expect([name, valid(check, preset)]).toEqual([name, []])
      expect(preset.preset).toBe(name)
    }
  })

  test('says values as people do', () => {
    expect(inWords('editWindowSeconds', null)).toBe('for ever')
    expect(inWords('editWindowSeconds', 0)).toBe('never')
    expect(inWords('afterSeconds', 0)).toBe('at once')
    expect(inWords('afterSeconds', 7 * 86_400)).toBe('after 7 days')
    expect(inWords('editWindowSeconds', 90)).toBe('90 seconds')
    expect(inWords('starters', null)).toBe('every member')
    expect(inWords('starters', ['client'])).toBe('`client`')
    expect(inWords('group', [])).toBe('nobody')
    expect(inWords('direct', [{ from: '*', to: 'admin' }])).toBe('everybody to `admin`')
    expect(inWords('types', ['image/png', 'video/quicktime', 'image/gif'])).toBe('image: png gif; video: mov')
    expect(inWords('userCalls', { points: 1_000, durationMs: 1_000 })).toBe('1,000 in 1 second')
  })

  test('a page without marks is named', () => {
    expect(() => withPolicyTables('no marks')).toThrow('docs/presets.md needs two lines <!-- rules -->')
  })
})

/** What the value was refused for. */
function valid(check: ValidateFunction, value: unknown): string[] {
  check(value)
  return (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}
