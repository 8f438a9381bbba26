/**
 * Phrases that the emulator rejects anywhere in a prompt, ignoring case. The provider does not publish its policy as a
 * list; these phrases stand in for it and are harmless to print.
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
