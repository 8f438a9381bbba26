/** The form that signs in with a token. */
import { useState } from 'preact/hooks';

interface SignInProps {
  readonly problem: string;
  readonly signIn: (token: string) => Promise<void>;
}

export function SignIn({ problem, signIn }: SignInProps) {
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const token = new FormData(event.currentTarget as HTMLFormElement).get('token');
    if (isBusy || typeof token !== 'string') return;
    setBusy(true);
    await signIn(token.trim());
    setBusy(false);
  };
  return (
    <main class="sign-in">
      <form class="panel" onSubmit={submit}>
        <h1>ImagePipeline</h1>
        <label for="token">API token</label>
        <input id="token" name="token" type="password" autocomplete="current-password" required autofocus />
        <p class="sign-in-problem" role="alert">
          {problem}
        </p>
        <button class="button primary" type="submit" disabled={isBusy}>
          Sign in
        </button>
        <p class="hint">
          A token of <code>IMAGEPIPELINE_API_TOKENS</code> of the gateway. It is exchanged for a session of this browser
          and not kept. <code>imagepipeline dev</code> prints a link that signs in once.
        </p>
      </form>
    </main>
  );
}
