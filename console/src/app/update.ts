// A tab that was open while the gateway was upgraded asks for parts of the console that are not there any more.
import { createStore, useStore } from './store';

const update = createStore({ isNeeded: false });
export const useUpdate = () => useStore(update);

export function watchForUpdate() {
  addEventListener('vite:preloadError', () => update.set({ isNeeded: true }));
}
