export {
  type CommandResult,
  createSimulatorControl,
  type SimulatorControl,
  SimulatorControlError,
  type SimulatorControlOptions,
} from './control/client.ts';
export type { CommandInput, CommandName } from './control/commands.ts';
export type { Truth } from './control/truth.ts';
export type { Connection, WireReply } from './faults/delivery.ts';
export type { Fault, FaultKind, FaultPlan, FaultPlanInput, FaultRule } from './faults/fault.ts';
export { type RandomFaultsOptions, randomFaults } from './faults/random-faults.ts';
export { createSimulator, demoMerchant, type Simulator, type SimulatorOptions } from './simulator.ts';
export { type Personality, plainPersonality, samplePersonality } from './world/personality.ts';
export { type Random, seededRandom } from './world/random.ts';
export { randomPersonality } from './world/random-personality.ts';
export type * from './world/records.ts';
export type { RequestNote } from './world/request-log.ts';
export type { StateRow, StateStore } from './world/state-store.ts';
export type { Sleep } from './world/world.ts';
