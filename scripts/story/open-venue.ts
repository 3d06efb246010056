import { introducePartner, seedVenue } from '../lib/seed.ts';
import type { Story } from '../lib/story.ts';
import type { StoryContext } from './story-context.ts';

export async function openVenue(story: Story, { stack, secrets, handles }: StoryContext): Promise<void> {
  story.chapter('The venue publishes its rules and members');
  await introducePartner(handles, stack, secrets);
  const published = await seedVenue(handles);
  story.tell(
    `release ${published.hash.slice(0, 12)}, version ${published.version}: three groups, four zones`,
  );
  story.expect('the release published is the release in force', await handles.admin.releaseHead(), {
    hash: published.hash,
    version: published.version,
  });
}
