import { PictureInputs } from '../../input/pictures/picture-inputs';

/** Inputs of requests that name no files of a store. */
export function newInputs(folder = process.cwd()): PictureInputs {
  const remote = () => {
    throw new Error('this test has no store');
  };
  return new PictureInputs({ folder, remote });
}
