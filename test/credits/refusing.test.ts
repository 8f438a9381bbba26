/** Credits run out and return at the second provider, which refuses requests with a code of its own; with callbacks. */
import { startSecondProvider } from '../support/second-provider';
import { creditsStories } from './stories';

creditsStories(() => startSecondProvider({ whenShort: 'refused' }), { callbacks: true });
