import { type Static, Type } from 'typebox'
import { PictureUrl } from './attachment.ts'
import { TenantId, text, UserId } from './identifiers.ts'
import { orNull } from './or-null.ts'

/** `user`: whoever logs in at the host. `admin`: moderates a tenant. `service`: the host's backend. */
export type SystemRole = Static<typeof SystemRole>
export const SystemRole = Type.Enum(['user', 'admin', 'service'])

/** Who asks. Verified once, at the edge; services behind the bus trust it because only edges may use their subjects. */
export type Actor = Static<typeof Actor>
export const Actor = Type.Object({
  tenantId: TenantId,
  userId: UserId,
  role: SystemRole,
  /** The host's own word for the role, as the token says it: "customer", "provider". */
  hostRole: orNull(Type.String()),
  name: orNull(Type.String()),
  avatarUrl: orNull(Type.String()),
  /** When the token was issued, in epoch seconds, as it says itself. */
  issuedAt: Type.Optional(Type.Number()),
  /** Which session the token is of. Left out by whoever acts without one. */
  sessionId: Type.Optional(Type.String()),
  /** Where the request came from, for the audit log. */
  ip: Type.Optional(Type.String()),
})

export type UserProfile = Static<typeof UserProfile>
export const UserProfile = Type.Object({
  userId: UserId,
  name: orNull(text(1, 200)),
  avatarUrl: orNull(Type.String()),
})

export type Me = Static<typeof Me>
export const Me = Type.Object({
  ...UserProfile.properties,
  tenantId: TenantId,
  role: SystemRole,
  hostRole: orNull(Type.String()),
  receipts: Type.Boolean({
    description: 'Whether others see what you have received and read, and you what they have. No: neither',
  }),
  presence: Type.Boolean({
    description: 'Whether others see if you are there, and when you were last, and you the same of them. No: neither',
  }),
})

export type UpdateMe = Static<typeof UpdateMe>
export const UpdateMe = Type.Object(
  {
    receipts: Type.Optional(Me.properties.receipts),
    presence: Type.Optional(Me.properties.presence),
    avatarUrl: Type.Optional(
      Type.Union(PictureUrl.anyOf, {
        description: 'Your own picture, whatever your token says; null: none. What the host says later holds',
      }),
    ),
  },
  { additionalProperties: false },
)
