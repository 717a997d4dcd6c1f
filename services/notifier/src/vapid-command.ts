import { createECDH } from 'node:crypto'
import { type CommandContext, misused } from '@parley/database'
import { DEVELOPMENT_SECRET, identitySettings, readConfig } from '@parley/runtime'
import { Type } from 'typebox'
import { pushSettings } from './channels/push-settings.ts'
import { vapidKeys } from './channels/vapid-keys.ts'

const { VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY, VAPID_SUBJECT } = pushSettings
const Settings = Type.Object({ ...identitySettings, VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY, VAPID_SUBJECT })

/**
 * `npm run vapid`: prints, as settings, the pair of keys that browsers subscribe with: the one that is set or made of JWT_SECRET, so that what has
 * subscribed stays good when it is set from then on; where there is none, a new one. Everything said to people goes to stderr. Returns the
 * exit code.
 */
export function vapidCommand(args: string[], context: CommandContext): number {
  if (args.length > 0) return misused(context, 'npm run vapid')
  const { env, stdout, stderr } = context
  try {
    const config = readConfig(Settings, env)
    const isSet = config.VAPID_PUBLIC_KEY !== undefined || config.VAPID_PRIVATE_KEY !== undefined
    // everybody knows what the development secret leads to
    const hasSecret = config.JWT_SECRET !== undefined && config.JWT_SECRET !== DEVELOPMENT_SECRET
    const { publicKey, privateKey } = (isSet || hasSecret ? vapidKeys(config) : undefined) ?? newPair()
    if (isSet) stderr('These are set already.\n')
    else if (hasSecret)
      stderr(
        'Made of JWT_SECRET, as long as these are not set. Set them, and browsers stay subscribed when it changes.\n',
      )
    else stderr('Neither these nor a JWT_SECRET are set: a new pair.\n')
    stdout(`VAPID_PUBLIC_KEY=${publicKey}\nVAPID_PRIVATE_KEY=${privateKey}\n`)
    return 0
  } catch (err) {
    stderr(`${(err as Error).message}\n`)
    return 1
  }
}

function newPair() {
  const ecdh = createECDH('prime256v1')
  const publicKey = ecdh.generateKeys('base64url')
  // of 32 bytes, also where it begins with zeros
  const privateKey = Buffer.concat([Buffer.alloc(32), ecdh.getPrivateKey()])
    .subarray(-32)
    .toString('base64url')
  return { publicKey, privateKey }
}
