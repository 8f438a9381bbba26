import { computeCallbackPatienceMs } from '../../../workflows/domain/item/callback';

test.each`
  what                                               | estimatedMs | usualMs      | patienceMs
  ${'nothing is known: by what is typical'}          | ${null}     | ${undefined} | ${60_000}
  ${'jobs are short: never less than 30 s'}          | ${2_000}    | ${1_000}     | ${30_000}
  ${'the estimate is all there is'}                  | ${15_000}   | ${undefined} | ${45_000}
  ${'there is no estimate, and jobs take longer'}    | ${null}     | ${31_000}    | ${93_000}
  ${'the estimate is far too short'}                 | ${5_000}    | ${31_000}    | ${93_000}
  ${'the estimate knows that this job takes longer'} | ${90_000}   | ${31_000}    | ${270_000}
`('a callback is waited for for $patienceMs ms where $what', ({ estimatedMs, usualMs, patienceMs }) => {
  expect(computeCallbackPatienceMs({ estimatedMs, usualMs }, 20_000)).toBe(patienceMs);
});
