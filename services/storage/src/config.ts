import { processSettings, settings } from '@parley/runtime'
import { type Static, Type } from 'typebox'

export type Config = Static<typeof Config>
/** The settings of the storage service. One of its own is declared here, and appears in the README's table. */
export const Config = Type.Object({
  ...processSettings,
  DATABASE_URL: settings.DATABASE_URL,
  NATS_URL: settings.NATS_URL,
  REDIS_URL: Type.Optional(settings.REDIS_URL),
  PARLEY_DATA: settings.PARLEY_DATA,
  S3_ENDPOINT: Type.Optional(
    Type.String({
      description: 'An S3-compatible server that keeps attachments; without S3_BUCKET they are kept in PARLEY_DATA',
    }),
  ),
  S3_PUBLIC_ENDPOINT: Type.Optional(
    Type.String({ description: 'The address of S3_ENDPOINT for browsers, where it is another one' }),
  ),
  S3_BUCKET: Type.Optional(
    Type.String({ minLength: 1, description: 'The bucket that keeps attachments. It has to be there' }),
  ),
  S3_REGION: Type.String({ default: 'us-east-1', description: "The bucket's region" }),
  S3_ACCESS_KEY: Type.Optional(
    Type.String({ description: "The bucket's access key; without it the usual sources of the platform are asked" }),
  ),
  S3_SECRET_KEY: Type.Optional(Type.String({ description: 'The secret of S3_ACCESS_KEY' })),
  S3_REDIRECT: Type.Boolean({
    default: false,
    description: 'Whether downloads are sent to the bucket with presigned addresses, which browsers then have to reach',
  }),
  CLAMD_URL: Type.Optional(
    Type.String({
      description:
        'A clamd that looks for viruses, as `tcp://host:3310` or `unix:/path`; what it has not found clean is not handed out. ' +
        'Its `StreamMaxLength`, `MaxFileSize` and `MaxScanSize` have to be as large as files may be',
    }),
  ),
  LINK_SECRET: Type.Optional(settings.LINK_SECRET),
  LINK_OTHER_SECRETS: settings.LINK_OTHER_SECRETS,
})
