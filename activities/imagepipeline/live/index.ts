export { compareWithAssumptions, type ReportLine, type Verdict } from './assumptions';
export { CallbackListener } from './callback-listener';
export type { Evidence } from './evidence';
export { gatherEvidence } from './gather-evidence';
