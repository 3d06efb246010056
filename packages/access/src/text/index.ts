export { AccessError, describeIssue, type Issue } from '../access-error.ts';
export { type ReadRelease, readRelease } from './read-release.ts';
