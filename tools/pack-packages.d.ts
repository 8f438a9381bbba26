/** Writes both packages into a folder; returns where each is. */
export function packPackages(folder: string): { readonly client: string; readonly worker: string };
