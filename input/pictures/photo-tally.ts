import { PHOTO_TRAITS, type PhotoTrait } from './photo-traits';

/** Files by what may matter to the provider; a file may count several times. */
export interface PhotoCounts extends Readonly<Record<PhotoTrait, number>> {
  /** Files that are re-encoded; `null` if none would be. */
  readonly converted: number | null;
}

export class PhotoTally {
  private readonly found = new Map<PhotoTrait, number>();
  private converted: number | null = null;

  add(traits: readonly PhotoTrait[]): void {
    for (const trait of traits) this.found.set(trait, (this.found.get(trait) ?? 0) + 1);
  }

  /** Counts converted files from now on. */
  startConverting(): void {
    this.converted ??= 0;
  }

  addConverted(): void {
    this.converted = (this.converted ?? 0) + 1;
  }

  get counts(): PhotoCounts {
    const { converted } = this;
    const [heic = 0, avif = 0, tiff = 0, cmyk = 0, rotated = 0, large = 0] = PHOTO_TRAITS.map(
      (trait) => this.found.get(trait) ?? 0,
    );
    return { heic, avif, tiff, cmyk, rotated, large, converted };
  }
}
