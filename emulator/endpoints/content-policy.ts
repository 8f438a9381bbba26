/**
 * Phrases that the emulator rejects wherever they stand in a prompt, in any case of letters.
 * The real policy is not published as a list: these stand for it, and are harmless to print.
 */
export const REJECTED_PHRASES = [
  'counterfeit banknote',
  'forged passport',
  'without her consent',
  'without his consent',
];

export const POLICY_MESSAGE = 'Prompt rejected by content policy.';

export function violatesPolicy(prompt: string): boolean {
  const lowered = prompt.toLowerCase();
  return REJECTED_PHRASES.some((phrase) => lowered.includes(phrase));
}
