/** Holds up each caller until it is opened, and lists the callers. */
export class Gate {
  private readonly waiting: (() => void)[] = [];
  private isOpen = false;
  /** How many have come, whether they were held up or not. */
  arrived = 0;

  pass(): Promise<void> {
    this.arrived += 1;
    if (this.isOpen) return Promise.resolve();
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }

  /** From now on nobody is held up. */
  open(): void {
    this.isOpen = true;
    for (const go of this.waiting.splice(0)) go();
  }
}
