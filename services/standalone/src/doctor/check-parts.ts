import { browserKeyAtRisk, checkSmtp, openMail, openPushChannels, sealKeys } from '@parley/notifier'
import { ConfigError, inspectRedis, withoutCredentials } from '@parley/runtime'
import { createClamd, linkKeys, openObjects } from '@parley/storage'
import { reasonOf } from './check-process.ts'
import { type Check, type Finding, saying } from './finding.ts'

const ANSWER_MS = 5_000

export const redis: Check = {
  name: 'redis',
  async look({ config: { REDIS_URL: url }, services, isProduction }) {
    const { ok, warning, wrong } = saying('redis')
    if (url === undefined) {
      const says = 'not set: presence, rooms and limits are of one process'
      return [
        isProduction && services.length === 1 ? warning(says, 'set REDIS_URL where there is more than one') : ok(says),
      ]
    }
    const facts = await inspectRedis(url).catch((err: Error) => err)
    if (facts instanceof Error)
      return [
        wrong(`no connection to Redis at ${withoutCredentials(url)}: ${reasonOf(facts)}`, 'REDIS_URL, or the server'),
      ]
    const { version, evictionPolicy, maxMemory, usedMemory, isReplica } = facts
    if (isReplica) return [wrong('the server is a replica, which takes no writes', 'REDIS_URL: name the primary')]
    if (evictionPolicy !== 'noeviction')
      return [
        wrong(
          `Redis ${version} makes room by ${evictionPolicy}: who is there is forgotten, and limits with it`,
          'maxmemory-policy noeviction, in a Redis that is no cache besides',
        ),
      ]
    if (maxMemory > 0 && usedMemory > 0.8 * maxMemory)
      return [warning(`Redis ${version} is nearly full`, 'raise maxmemory in the server')]
    return [ok(`Redis ${version}, which forgets nothing by itself`)]
  },
}

export const attachments: Check = {
  name: 'attachments',
  of: ['storage'],
  async look({ config }) {
    const { ok, wrong } = saying('attachments')
    const findings: Finding[] = settled('attachments', () => linkKeys(config))
    if (config.S3_BUCKET === undefined)
      return [...findings, ok(`kept in ${config.PARLEY_DATA}, which all storage processes have to share`)]
    const objects = await openObjects(config)
    try {
      await objects.check()
      findings.push(ok(`the bucket ${config.S3_BUCKET} can be read and written`))
    } catch (err) {
      findings.push(
        wrong(
          `the bucket ${config.S3_BUCKET}: ${reasonOf(err)}`,
          'S3_ENDPOINT, S3_BUCKET, S3_REGION, S3_ACCESS_KEY and S3_SECRET_KEY, or the rights of that key',
        ),
      )
    } finally {
      await objects[Symbol.asyncDispose]()
    }
    return findings
  },
}

export const scanner: Check = {
  name: 'virus scanner',
  of: ['storage'],
  async look({ config }) {
    const { ok, wrong } = saying('virus scanner')
    if (config.CLAMD_URL === undefined) return [ok('not set: files are handed out as they came')]
    try {
      await createClamd({ url: config.CLAMD_URL, patienceMs: ANSWER_MS }).check()
      return [ok('clamd answers')]
    } catch (err) {
      return [wrong(`clamd does not answer: ${reasonOf(err)}`, 'CLAMD_URL, or start clamd: nobody can open what waits')]
    }
  },
}

export const mail: Check = {
  name: 'e-mail',
  of: ['notifier'],
  async look({ config, isProduction }) {
    const { ok, warning, wrong } = saying('e-mail')
    const findings = settled('e-mail', () => openMail(config, undefined)[Symbol.dispose]())
    if (findings.length > 0) return findings
    const { SMTP_URL: url } = config
    if (url === undefined)
      return [isProduction ? warning('none are sent', 'set SMTP_URL') : ok('shown at /dev/sink, and not sent')]
    try {
      await checkSmtp(url, ANSWER_MS)
      return [ok(`the server at ${new URL(url).host} takes e-mails from us`)]
    } catch (err) {
      return [wrong(`the mail server at ${new URL(url).host}: ${reasonOf(err)}`, 'SMTP_URL, or the server')]
    }
  },
}

export const pushes: Check = {
  name: 'pushes',
  of: ['notifier'],
  look({ config, isProduction }) {
    const { ok, warning } = saying('pushes')
    const findings = settled('pushes', () => openPushChannels(config)[Symbol.dispose]())
    if (findings.length > 0) return findings
    const { VAPID_PUBLIC_KEY, VAPID_SUBJECT, FCM_SERVICE_ACCOUNT, APNS_KEY } = config
    const isAtRisk = browserKeyAtRisk(config)
    if (isAtRisk || (isProduction && VAPID_PUBLIC_KEY === undefined))
      findings.push(
        warning(
          `the key of browsers is made of JWT_SECRET, and every subscription goes with it${isAtRisk ? ': JWT_OTHER_SECRETS says that it gives way' : ''}`,
          `set VAPID_PUBLIC_KEY and VAPID_PRIVATE_KEY to what npm run vapid prints${isAtRisk ? ', before JWT_SECRET is another' : ''}`,
        ),
      )
    if (isProduction && VAPID_SUBJECT.endsWith('parley.invalid'))
      findings.push(warning('Apple takes no pushes of nobody', 'set VAPID_SUBJECT to mailto: or https: of yours'))
    const ways = ['browsers', ...(FCM_SERVICE_ACCOUNT ? ['FCM'] : []), ...(APNS_KEY ? ['APNs'] : [])]
    return [...findings, ok(`to ${ways.join(', ')}`)]
  },
}

export const webhooks: Check = {
  name: 'webhooks',
  of: ['notifier'],
  look({ config, isProduction }) {
    const { ok, warning } = saying('webhooks')
    const findings = settled('webhooks', () => sealKeys(config))
    if (findings.length > 0) return findings
    if (isProduction && config.WEBHOOK_ALLOW_PRIVATE === true)
      return [warning('may be at addresses of this network', 'unset WEBHOOK_ALLOW_PRIVATE where hosts are strangers')]
    if (isProduction && config.WEBHOOK_KEY === undefined)
      return [warning('their secrets are sealed with a key that is made of JWT_SECRET', 'set WEBHOOK_KEY')]
    return [ok('their secrets are sealed')]
  },
}

/** What the settings are refused for. */
function settled(check: string, open: () => unknown): Finding[] {
  try {
    open()
    return []
  } catch (err) {
    if (!(err instanceof ConfigError)) throw err
    return err.problems.map(({ name, detail }) => saying(check).wrong(`${name} ${detail}`, name))
  }
}
