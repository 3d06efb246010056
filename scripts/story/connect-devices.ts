import type { FacePassClient } from '@facepass-kit/core';
import type { Handles } from '../lib/seed.ts';
import type { Story } from '../lib/story.ts';
import { type Door, doors } from '../lib/venue.ts';

export async function connectDevices(
  story: Story,
  facepass: FacePassClient,
  { simulator }: Handles,
): Promise<Record<Door, string>> {
  story.chapter('A device group is made and devices are connected');
  const group = await facepass.deviceGroups.create({
    deviceGroupName: '본사 게이트',
    enableLiveness: true,
    shouldSuccessResultSkip: true,
    shouldFailResultSkip: true,
    tags: { 지점: '본사' },
  });
  story.expect('FacePass made the group', group, { completed: true });
  const { groupId } = group;
  if (groupId === undefined || groupId === null) throw new Error('FacePass gave the new group no id');
  const connect = async (door: Door): Promise<string> => {
    const { verifyCode } = await facepass.devices.createConnectCode({
      groupId,
      deviceName: door,
    });
    const device = await simulator.run('devices/connect', { verifyCode, params: doors[door] });
    return device.deviceId;
  };
  const devices = {
    lobby: await connect('lobby'),
    floor10: await connect('floor10'),
    floor5: await connect('floor5'),
    meetingRoom: await connect('meetingRoom'),
  };
  const listed = await facepass.devices.list(groupId);
  story.expect(
    'FacePass lists the devices that were connected',
    listed.map(({ deviceId, deviceName }) => ({ deviceId, deviceName })),
    Object.entries(devices).map(([deviceName, deviceId]) => ({ deviceId, deviceName })),
  );
  return devices;
}
