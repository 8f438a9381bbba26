/** Which items a page may submit while operations of its account are held, and what it reports about operations. */
import type { PermitRequest } from '../item/permits';
import type { ProviderFeedback } from '../leases/feedback';
import { getProbe, type HeldOperations, isAnyProbed, type OperationTerms } from '../leases/held-operations';
import { toOperationFeedback } from '../leases/operation-feedback';

interface Searchable<T> {
  find(isWanted: (permitRequest: PermitRequest) => boolean): T | undefined;
}

export class OperationGate {
  private terms: OperationTerms = {};
  /** Probes in flight. */
  private readonly probes = new Set<PermitRequest>();
  /** By operation, the number of the probe whose outcome was reported. */
  private readonly answered = new Map<string, number>();
  /** Operations with an outage that no success has followed. */
  private readonly failing = new Set<string>();

  get held(): HeldOperations {
    return this.terms.heldOperations ?? {};
  }

  applyGrant(terms: OperationTerms): void {
    this.terms = terms;
  }

  /** Whether the item may be submitted now. Reading a job is no submission. */
  isOpen({ operation, price }: PermitRequest): boolean {
    return price === null || !Object.hasOwn(this.held, operation);
  }

  /** Whether the page may send a probe of some operation. */
  get isProbing(): boolean {
    return isAnyProbed(this.terms);
  }

  /** Whether the item may be submitted now as the probe of its operation. */
  mayProbe({ operation, price }: PermitRequest): boolean {
    const number = getProbe(this.terms, operation);
    if (price === null || number === null || this.answered.get(operation) === number) return false;
    return this.countProbes(operation) === 0;
  }

  /** The first item that may be submitted now: the probe of an operation, else one whose operation is open. */
  findOpen<T>(queue: Searchable<T>, isAble: (permitRequest: PermitRequest) => boolean): T | undefined {
    const probe = this.isProbing ? queue.find((request) => this.mayProbe(request) && isAble(request)) : undefined;
    return probe ?? queue.find((request) => this.isOpen(request) && isAble(request));
  }

  /** Records that the item proceeds. */
  begin(permitRequest: PermitRequest): void {
    if (!this.isOpen(permitRequest)) this.probes.add(permitRequest);
  }

  isProbe(permitRequest: PermitRequest): boolean {
    return this.probes.has(permitRequest);
  }

  /** Probes of an operation in flight. */
  countProbes(operation: string): number {
    return [...this.probes].filter((probe) => probe.operation === operation).length;
  }

  /** Adds to the feedback of a submission what it says about its operation, if that is worth a report. */
  attribute(permitRequest: PermitRequest, feedback: ProviderFeedback): ProviderFeedback {
    const { operation } = permitRequest;
    const { operations, ...own } = feedback;
    const { accepted, completed } = feedback;
    const isOutage = operations !== undefined;
    if (!isOutage && accepted + completed === 0) return own;
    const isProbe = this.isProbe(permitRequest);
    const isKnown = isProbe || this.failing.has(operation) || Object.hasOwn(this.held, operation);
    if (isOutage) this.failing.add(operation);
    else if (completed > 0) this.failing.delete(operation);
    if (!isKnown && !isOutage) return own;
    return { ...own, operations: { [operation]: toOperationFeedback(feedback, operation, isProbe) } };
  }

  /** Records that the item has returned its permit: after an outcome, the governor decides what follows. */
  end(permitRequest: PermitRequest, { completed, operations }: ProviderFeedback): void {
    const { operation } = permitRequest;
    const number = getProbe(this.terms, operation);
    const hasOutcome = completed > 0 || operations !== undefined;
    if (this.probes.delete(permitRequest) && number !== null && hasOutcome) this.answered.set(operation, number);
  }
}
