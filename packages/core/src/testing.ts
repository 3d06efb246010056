/** Subpath `@facepass-kit/core/testing`: a clock for tests, and what an implementation of a port must keep to. */
export { type ContractCase, tokenStoreContract } from './testing/token-store-contract.ts';
export { createVirtualClock, type VirtualClock } from './testing/virtual-clock.ts';
