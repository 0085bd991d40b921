/** The runs that were listed last, newest first, so that a run's page can lead on to the next one. */

let ids: readonly string[] = [];

export const runList = {
  get: (): readonly string[] => ids,
  set: (next: readonly string[]): void => {
    ids = next;
  },
};
