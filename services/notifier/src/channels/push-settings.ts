import { Type } from 'typebox'

const Endpoint = { pattern: '^https?://[^/\\s]+$', expected: 'an address without a path, such as https://host:443' }

/** How pushes reach devices. */
export const pushSettings = {
  VAPID_PUBLIC_KEY: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9_-]{87}$',
      description:
        'The key that browsers subscribe to pushes with (`npm run vapid` prints a pair), for good. Without it one made of JWT_SECRET does, and whoever changes that loses every subscription',
    }),
  ),
  VAPID_PRIVATE_KEY: Type.Optional(
    Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', description: 'The secret of VAPID_PUBLIC_KEY' }),
  ),
  VAPID_SUBJECT: Type.String({
    pattern: '^(mailto:\\S+@\\S+|https://\\S+)$',
    expected: 'mailto: or https:',
    default: 'https://parley.invalid',
    description: 'Where the services of browsers reach you when something is wrong; Apple takes real ones only',
  }),
  WEB_PUSH_ALLOW_PRIVATE: Type.Optional(
    Type.Boolean({
      description:
        'Whether the endpoints of browsers may be at `http` and at addresses of this machine and its networks; unset: outside production only',
    }),
  ),
  FCM_SERVICE_ACCOUNT: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'The service account of Firebase that sends pushes to Android and iOS: its JSON, or the path of the file',
    }),
  ),
  FCM_ENDPOINT: Type.String({
    ...Endpoint,
    default: 'https://fcm.googleapis.com',
    description: 'Where Firebase Cloud Messaging is',
  }),
  APNS_KEY: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        "Apple's key (the text of the `.p8` file, line breaks may be written `\\n`) that sends pushes to its devices",
    }),
  ),
  APNS_KEY_ID: Type.Optional(Type.String({ minLength: 1, description: 'What APNS_KEY is called there' })),
  APNS_TEAM_ID: Type.Optional(Type.String({ minLength: 1, description: "The team's id in Apple's developer program" })),
  APNS_TOPIC: Type.Optional(
    Type.String({ minLength: 1, description: 'The bundle id of the app, for devices that do not say theirs' }),
  ),
  APNS_ENDPOINT: Type.String({
    ...Endpoint,
    default: 'https://api.push.apple.com',
    description: "Where Apple's pushes are sent; `https://api.sandbox.push.apple.com` for apps in development",
  }),
  CONVERSATION_URL: Type.Optional(
    Type.String({
      pattern: '^https?://\\S*\\{conversationId\\}\\S*$',
      expected: 'an address with {conversationId} in it',
      description: 'Your page of a conversation, with `{conversationId}` in it: where a click on a notification leads',
    }),
  ),
}
