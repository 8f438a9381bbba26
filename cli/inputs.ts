import { type OpenStore, openStore } from '../client/open-store';
import { PictureInputs } from '../input/pictures/picture-inputs';
import type { CliContext } from './context';

/**
 * Resolves the files of requests. The store is opened if a request names a result or an object.
 *
 * @param folder the folder that relative paths start from
 */
export function newInputs({ env, cwd }: Pick<CliContext, 'env' | 'cwd'>, folder: string): PictureInputs {
  let store: OpenStore | null = null;
  const remote = () => {
    store ??= openStore(env, cwd);
    return store.sources;
  };
  return new PictureInputs({ folder, remote });
}
