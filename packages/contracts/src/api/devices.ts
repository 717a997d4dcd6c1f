import { Type } from 'typebox'
import { Device, DeviceRef, PushKey, PutDevice } from '../shapes/device.ts'
import { Nothing } from '../shapes/nothing.ts'
import { atTheDoor } from './expected-errors.ts'
import type { Procedure } from './operation.ts'

/** The devices and browsers that pushes go to. */
export const devices = {
  listDevices: {
    summary: 'Your devices that pushes go to',
    description: 'The one that was heard of last comes first. There are 20 at most',
    tag: 'notifications',
    http: 'GET /me/devices',
    input: Type.Object({}, { additionalProperties: false }),
    output: Type.Object({ devices: Type.Array(Device) }),
    errors: atTheDoor,
  },
  putDevice: {
    summary: 'Have pushes on a device',
    description:
      'Say it again each time that the app starts, and when the address changes. An address belongs to one user: whoever logs in on the ' +
      'same device takes it over. With more than 20 devices, the one that was not heard of for the longest goes. `not_supported` where the ' +
      'server has no credentials for that channel',
    tag: 'notifications',
    http: 'PUT /me/devices/:deviceId',
    input: PutDevice,
    output: Device,
    errors: [...atTheDoor, 'not_supported'],
  },
  removeDevice: {
    summary: 'Have no more pushes on a device; again changes nothing',
    description: 'Before somebody logs out there',
    tag: 'notifications',
    http: 'DELETE /me/devices/:deviceId',
    input: DeviceRef,
    output: Nothing,
    errors: atTheDoor,
  },
  getPushKey: {
    summary: 'The key that browsers subscribe to pushes with (VAPID)',
    tag: 'notifications',
    http: 'GET /push-key',
    input: Type.Object({}, { additionalProperties: false }),
    output: PushKey,
    errors: [...atTheDoor, 'not_supported'],
  },
} as const satisfies Record<string, Procedure>
