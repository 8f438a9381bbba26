/** Points of a curve, for SVG. */

/**
 * Returns the path of a curve in a box, from the left to the right edge.
 *
 * @param maximum the value of the upper edge; at least 1 counts
 */
export function toCurvePath(values: readonly number[], width: number, height: number, maximum: number): string {
  const top = Math.max(maximum, 1);
  const step = values.length < 2 ? 0 : width / (values.length - 1);
  const points = values.map((value, index) => `${round(index * step)} ${round(height - (value / top) * height)}`);
  return points.length === 0 ? '' : `M${points.join('L')}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
