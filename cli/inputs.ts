import { type OpenStore, openStore } from '../client/open-store';
import { PictureInputs } from '../input/pictures/picture-inputs';
import type { CliContext } from './context';

/**
 * Resolves the files of requests. The store is opened if a request names a result or an object, and closed at the end
 * of the command.
 *
 * @param folder the folder that relative paths start from
 */
export function newInputs({ env, cwd, atEnd }: CliContext, folder: string): PictureInputs {
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
  return new PictureInputs({ folder, remote });
}
