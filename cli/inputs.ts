import { type OpenStore, openStore } from '../client/open-store';
import { PictureInputs } from '../input/pictures/picture-inputs';
import type { CliContext } from './context';

type InputTerms = Pick<ConstructorParameters<typeof PictureInputs>[0], 'folder' | 'tools' | 'photos'>;

/**
 * Resolves the files of requests. The store is opened if a request names a result or an object, or files are converted,
 * and closed at the end of the command.
 */
export function newInputs({ env, cwd, atEnd }: CliContext, terms: InputTerms): PictureInputs {
  let store: OpenStore | null = null;
  const open = () => {
    const opened = openStore(env, cwd);
    atEnd?.(() => opened.close());
    return opened;
  };
  const remote = () => {
    store ??= open();
    return store.sources;
  };
  const inputs = new PictureInputs({ ...terms, remote });
  atEnd?.(() => inputs.close());
  return inputs;
}
