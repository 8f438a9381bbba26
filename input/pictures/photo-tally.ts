import type { PhotoTrait } from './photo-traits';

/** Files by what may matter to the provider; a file may count several times. */
export interface PhotoCounts extends Readonly<Record<PhotoTrait, number>> {
  /** Files that are re-encoded; `null` if none would be. */
  readonly converted: number | null;
}

export class PhotoTally {
  private readonly found: Record<PhotoTrait, number> = { heic: 0, avif: 0, tiff: 0, cmyk: 0, rotated: 0, large: 0 };
  private converted: number | null = null;

  add(traits: readonly PhotoTrait[]): void {
    for (const trait of traits) this.found[trait] += 1;
  }

  /** Counts converted files from now on. */
  startConverting(): void {
    this.converted ??= 0;
  }

  addConverted(): void {
    this.converted = (this.converted ?? 0) + 1;
  }

  get counts(): PhotoCounts {
    return { ...this.found, converted: this.converted };
  }
}
