/** Credits run out and return at the emulator, which refuses requests with HTTP 402. */
import { startEmulator } from '../../emulator';
import { creditsStories } from './stories';

creditsStories(async () => {
  const emulator = await startEmulator({ jobTime: { medianMs: 50, sigma: 0 } });
  return { ...emulator, setCredits: (credits) => emulator.setLimits({ credits }) };
});
