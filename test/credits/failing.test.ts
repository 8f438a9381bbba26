/** Credits run out and return at the second provider, where a job is accepted and fails if nothing is left to pay it. */
import { startSecondProvider } from '../support/second-provider';
import { creditsStories } from './stories';

creditsStories(() => startSecondProvider({ whenShort: 'failed-job' }));
