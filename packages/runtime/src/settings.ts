import { type TProperties, Type } from 'typebox'

/**
 * The settings that several processes have, each with its description, default and, where the schema alone does not say
 * it well, what is expected. A service picks those it needs in its `config.ts`, says which may be absent, and declares
 * its own ones there in the same way:
 * `Type.Object({ ...processSettings, NATS_URL: settings.NATS_URL, THUMBNAIL_PX: Type.Integer({ default: 320, ... }) })`.
 */
export const settings = {
  NODE_ENV: Type.Enum(['development', 'test', 'production'], {
    default: 'development',
    description: '`production` is strict: it refuses to start without a secret or key of your own',
  }),
  PORT: Type.Integer({
    minimum: 0,
    maximum: 65_535,
    default: 8080,
    description: 'Port for HTTP and sockets; 0 picks one',
  }),
  HOST: Type.String({
    minLength: 1,
    default: '127.0.0.1',
    description: 'Address to listen on; `0.0.0.0` for every interface, as the container images set it',
  }),
  METRICS_PORT: Type.Integer({
    minimum: 0,
    maximum: 65_535,
    default: 0,
    description: 'Port of its own for `/metrics` (Prometheus); 0 turns it off',
  }),
  LOG_LEVEL: Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    default: 'info',
    description: 'The least severe lines to log; `debug` has a line per request',
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.String({
    pattern: '^https?://\\S+$',
    expected: 'an http or https URL',
    description:
      'An OTLP receiver of traces (OpenTelemetry, over HTTP), without the `/v1/traces` behind it; unset: nothing is traced. `OTEL_EXPORTER_OTLP_HEADERS` is sent along',
  }),
  OTEL_TRACES_SAMPLER_ARG: Type.Number({
    minimum: 0,
    maximum: 1,
    default: 0.01,
    description: 'The share of calls of clients that is traced; what comes with a `traceparent` follows that',
  }),
  CORS_ORIGINS: Type.Array(Type.String({ pattern: '^(\\*|https?://[^/\\s]+)$' }), {
    default: [],
    expected: 'origins separated by commas, such as https://app.example.com, or *',
    description: 'Other origins whose pages may call the API and open sockets, separated by commas',
  }),
  TRUST_PROXY: Type.Array(
    Type.String({ pattern: '^([1-9]|loopback|linklocal|uniquelocal|[0-9a-fA-F.:]{2,45}(/\\d{1,3})?)$' }),
    {
      default: [],
      expected: 'addresses or networks separated by commas, or how many proxies are in front (1 to 9)',
      description: 'Proxies whose `X-Forwarded-*` headers are believed: addresses and networks, or how many there are',
    },
  ),
  RATE_LIMIT_IP: Type.Integer({
    minimum: 0,
    default: 1_000,
    description:
      'Requests and socket handshakes per client address (IPv6: /64 network) in 10 seconds, failed authentications ' +
      'counted ten times; 0 turns it off. Loopback and private addresses are not limited: behind a proxy, ' +
      "`TRUST_PROXY` makes the clients' own known",
  }),
  PARLEY_DATA: Type.String({
    minLength: 1,
    default: '.parley',
    description: 'Folder of the embedded database and files, for one process at a time',
  }),
  DATABASE_URL: Type.String({
    pattern: '^postgres(ql)?://\\S+$',
    expected: 'a URL postgres://user:password@host:5432/database',
    description: 'Postgres; the standalone process embeds a database when it is unset',
  }),
  NATS_URL: Type.String({
    pattern: '^(nats|tls|wss?)://[^\\s,]+(,(nats|tls|wss?)://[^\\s,]+)*$',
    expected: 'a URL nats://host:4222, or several separated by commas',
    description: 'NATS with JetStream; the standalone process keeps its bus inside when it is unset',
  }),
  NATS_REPLICAS: Type.Integer({
    minimum: 1,
    maximum: 5,
    description:
      'On how many servers of a NATS cluster each stream is kept: 3, so that one of them can go; unset: a stream that is there stays as it is, ' +
      'and a new one is on one server',
  }),
  REDIS_URL: Type.String({
    pattern: '^rediss?://\\S+$',
    expected: 'a URL redis://host:6379',
    description: 'Redis for presence and rate limits across processes; each keeps its own when it is unset',
  }),
  JWT_SECRET: Type.String({
    minLength: 1,
    description: 'Secret of HS256 tokens, at least 32 characters; unset outside production: a known development secret',
  }),
  JWT_OTHER_SECRETS: Type.Array(Type.String({ minLength: 1 }), {
    default: [],
    expected: 'secrets separated by commas',
    description:
      'Further secrets whose HS256 tokens are accepted, separated by commas, while JWT_SECRET gives way to another ([rotation](docs/rotation.md))',
  }),
  JWT_PUBLIC_KEY: Type.String({
    minLength: 1,
    description:
      'Public key (PEM, line breaks may be written `\\n`) of RS256, ES256 or EdDSA tokens, instead of a secret; several, one after the other, are all accepted',
  }),
  JWT_JWKS_URL: Type.String({
    pattern: '^https?://\\S+$',
    expected: 'an http or https URL',
    description: "URL of the identity provider's key set (JWKS), instead of a secret",
  }),
  LINK_SECRET: Type.String({
    minLength: 32,
    description:
      'Signs the links of attachments and of e-mails; the same in every storage process and notification worker. Without it keys made of JWT_SECRET do',
  }),
  LINK_OTHER_SECRETS: Type.Array(Type.String({ minLength: 32 }), {
    default: [],
    expected: 'secrets of at least 32 characters separated by commas',
    description: 'Further secrets whose links are accepted, separated by commas, such as the former LINK_SECRET',
  }),
  JWT_ISSUER: Type.String({ minLength: 1, description: 'When set, the `iss` that every token must have' }),
  JWT_AUDIENCE: Type.String({ minLength: 1, description: 'When set, the `aud` that every token must have' }),
  JWT_CLAIM_USER: Type.Array(Type.String({ minLength: 1 }), {
    minItems: 1,
    default: ['sub', 'userId', 'id'],
    expected: 'names of claims separated by commas',
    description: "Claims to take the user's id from: the first that a token has",
  }),
  JWT_CLAIM_ROLE: Type.Array(Type.String({ minLength: 1 }), {
    minItems: 1,
    default: ['role', 'roles', 'userType'],
    expected: 'names of claims separated by commas',
    description: 'Claims to take the role from: the first that a token has; of a list its first word',
  }),
  JWT_CLAIM_TENANT: Type.Array(Type.String({ minLength: 1 }), {
    minItems: 1,
    default: ['tenant'],
    expected: 'names of claims separated by commas',
    description: 'Claims to take the tenant from: the first that a token has; without one the tenant is `default`',
  }),
}

/** What `identity` reads; spread into the schema of every process that verifies tokens. */
export const identitySettings = {
  NODE_ENV: settings.NODE_ENV,
  JWT_SECRET: Type.Optional(settings.JWT_SECRET),
  JWT_OTHER_SECRETS: Type.Optional(settings.JWT_OTHER_SECRETS),
  JWT_PUBLIC_KEY: Type.Optional(settings.JWT_PUBLIC_KEY),
  JWT_JWKS_URL: Type.Optional(settings.JWT_JWKS_URL),
  JWT_ISSUER: Type.Optional(settings.JWT_ISSUER),
  JWT_AUDIENCE: Type.Optional(settings.JWT_AUDIENCE),
  JWT_CLAIM_USER: settings.JWT_CLAIM_USER,
  JWT_CLAIM_ROLE: settings.JWT_CLAIM_ROLE,
  JWT_CLAIM_TENANT: settings.JWT_CLAIM_TENANT,
}

/** What the HTTP app of a process reads, whichever services are on it. */
export const httpSettings = {
  ...identitySettings,
  CORS_ORIGINS: settings.CORS_ORIGINS,
  TRUST_PROXY: settings.TRUST_PROXY,
  RATE_LIMIT_IP: settings.RATE_LIMIT_IP,
}

/** What every process that serves HTTP reads. */
export const processSettings = {
  ...httpSettings,
  PORT: settings.PORT,
  HOST: settings.HOST,
  METRICS_PORT: settings.METRICS_PORT,
  LOG_LEVEL: settings.LOG_LEVEL,
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.Optional(settings.OTEL_EXPORTER_OTLP_ENDPOINT),
  OTEL_TRACES_SAMPLER_ARG: settings.OTEL_TRACES_SAMPLER_ARG,
}

/**
 * The Markdown table of the README: variable, default, what it is for. First the shared settings, then those that only a
 * service has, from the properties of its configuration. Checked against the README in CI.
 */
export function settingsTable(ofServices: TProperties): string {
  const own = Object.entries(ofServices).filter(([name]) => !Object.hasOwn(settings, name))
  const rows = [...Object.entries(settings), ...own].map(([name, schema]) => {
    const { default: byDefault, description } = schema as { default?: unknown; description?: string }
    const text = Array.isArray(byDefault) ? byDefault.join(',') : String(byDefault ?? '')
    return `| \`${name}\` | ${text && `\`${text}\``} | ${(description ?? '').replaceAll('|', '\\|')} |`
  })
  return ['| variable | default | what for |', '|---|---|---|', ...rows].join('\n')
}
