import { createFacePassClient } from '@facepass-kit/core';
import type { Story } from '../lib/story.ts';
import { connectDevices } from './connect-devices.ts';
import { leave } from './leave.ts';
import { openVenue } from './open-venue.ts';
import { readMirror } from './read-mirror.ts';
import { refuseWhoMayNotAsk } from './refuse.ts';
import { register } from './register.ts';
import type { StoryContext } from './story-context.ts';
import { walkUpToGates } from './walk-up-to-gates.ts';

/** The whole path, told and checked: from an empty venue to the mirrored history. */
export async function tellVenueStory(story: Story, context: StoryContext): Promise<void> {
  const { stack, secrets, handles } = context;
  const facepass = createFacePassClient({
    clientId: secrets.clientId,
    clientSecret: secrets.clientSecret,
    baseUrl: stack.simulatorUrl,
    tokenUrl: `${stack.simulatorUrl}/token`,
  });

  await openVenue(story, context);
  const devices = await connectDevices(story, facepass, handles);
  await register(story, facepass, handles);
  const attempts = await walkUpToGates(story, handles, devices);
  await refuseWhoMayNotAsk(story, context);
  await readMirror(story, handles, attempts);
  await leave(story, facepass, handles);
}
