/** A permit is returned early at most once, and only by an item that has it. */
import { HeldPermit } from '../../../workflows/domain/item/held-permit';

function newPermit() {
  const releaseEarly = jest.fn();
  return { permit: new HeldPermit({ releaseEarly }), releaseEarly };
}

test('a permit is returned early once, whatever reports the end of the job again', () => {
  const { permit, releaseEarly } = newPermit();
  permit.take();
  expect(permit.terms).toEqual({ isReleasedEarly: false, mayReleaseEarly: true });
  expect([permit.releaseEarly(), permit.releaseEarly()]).toEqual([true, false]);
  expect(releaseEarly).toHaveBeenCalledTimes(1);
  expect(permit.terms).toEqual({ isReleasedEarly: true, mayReleaseEarly: false });
});

test('an item without a permit returns none, also after it has given its permit back', () => {
  const { permit, releaseEarly } = newPermit();
  expect([permit.releaseEarly(), permit.terms.mayReleaseEarly]).toEqual([false, false]);
  permit.take();
  permit.giveBack();
  expect(permit.releaseEarly()).toBe(false);
  expect(releaseEarly).not.toHaveBeenCalled();
});

test('the permit of a single item is returned by its activity, but its job is read at once', () => {
  const permit = new HeldPermit(null);
  permit.take();
  expect(permit.terms.mayReleaseEarly).toBe(false);
  expect(permit.releaseEarly()).toBe(true);
  expect(permit.terms.isReleasedEarly).toBe(true);
});
