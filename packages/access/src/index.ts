export { AccessError, type AccessErrorCode, describeIssue, type Issue } from './access-error.ts';
export { type AdmissionKeys, admissionKeys, lastResetMs } from './admission-keys.ts';
export {
  type Admission,
  admit,
  type Decision,
  decideWithoutGuard,
  type Flag,
  type StateWithoutGuard,
} from './admit.ts';
export { canonicalJson } from './canonical-json.ts';
export type { CompiledRelease } from './compile/compiled.ts';
export { compile } from './compile/index.ts';
export { COUNT_MAX } from './count-limit.ts';
export { decide, type Verdict } from './decide.ts';
export {
  type DecisionInputs,
  decisionInputs,
  type MemberFacts,
  type RecordedGuard,
  type RecordedState,
} from './decision-inputs.ts';
export type {
  AreaView,
  Change,
  CountedGrant,
  DenyEntry,
  GuardView,
  LastPermit,
  Pass,
  PresenceEvent,
  SiteMode,
} from './guard-view.ts';
export type {
  Area,
  Calendar,
  Direction,
  Effect,
  Group,
  Member,
  Messages,
  Question,
  Release,
  ReleaseInput,
  Rule,
  RuleTest,
  Schedule,
  Site,
  Zone,
} from './model.ts';
export {
  PERMITTING_REASONS,
  type PermittingReason,
  REASONS,
  type Reason,
  SENSITIVE_REASONS,
} from './reasons.ts';
export { isReleaseHash, type ReleaseHash, releaseHash } from './release-hash.ts';
export { type AnswerTexts, type Outcome, renderMessage } from './render-message.ts';
export { revoke } from './revoke.ts';
