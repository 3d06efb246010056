import { digits } from './ids.ts';
import type { Merchant } from './merchant.ts';
import type { ConnectCode, Device, Display, JsonObject } from './records.ts';
import type { World } from './world.ts';

/** As long as the code in the guide's sample. */
const connectCodeDigits = 8;

/** A code that connects one device to a group, once, until it expires. */
export function issueConnectCode(
  world: World,
  merchant: Merchant,
  groupId: string,
  deviceName: string | null,
): ConnectCode {
  let verifyCode = digits(connectCodeDigits, world.parts.random);
  while (merchant.connectCodes.has(verifyCode)) verifyCode = digits(connectCodeDigits, world.parts.random);
  // Times on the wire have whole seconds: a code must not die before the second it names.
  const expiresAtMs =
    Math.floor(world.nowMs() / 1000) * 1000 + merchant.personality.connectCodeSeconds * 1000;
  return merchant.connectCodes.set(verifyCode, { verifyCode, groupId, deviceName, expiresAtMs });
}

export interface DeviceSetup {
  readonly deviceName: string | null;
  readonly display: Display;
  readonly params: JsonObject;
}

/** What a tablet does with the code typed into it; undefined where the code is unknown, used or expired. */
export function connectDevice(
  world: World,
  merchant: Merchant,
  verifyCode: string,
  setup: DeviceSetup,
): Device | undefined {
  const code = merchant.connectCodes.get(verifyCode);
  if (code === undefined || code.expiresAtMs <= world.nowMs()) return undefined;
  merchant.connectCodes.delete(verifyCode);
  const deviceId = `IPAD${String(merchant.next('device')).padStart(3, '0')}`;
  return merchant.devices.set(deviceId, {
    deviceId,
    groupId: code.groupId,
    deviceName: setup.deviceName ?? code.deviceName,
    display: setup.display,
    params: setup.params,
  });
}
