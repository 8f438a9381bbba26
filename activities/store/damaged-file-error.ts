/** The stored bytes are not those of the result. */
export class DamagedFileError extends Error {
  override readonly name = 'DamagedFileError';
}
