/** Subpath `@facepass-kit/core/testing`: what an implementation of ours or yours must keep to. */
export { type ContractCase, tokenStoreContract } from './testing/token-store-contract.ts';
