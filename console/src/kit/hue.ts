// The colour of a remote schema: one of eight, by its name, so that it is the same in every browser and survives other remotes coming and going.

const N_HUES = 8;

/** As a value for CSS. */
export function hueOf(remote: string): string {
  return `var(--hue-${hueIndex(remote)})`;
}

/** FNV-1a: names that differ in one letter get different colours more often than with a sum. */
export function hueIndex(remote: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(remote)) hash = Math.imul(hash ^ byte, 0x01000193);
  return ((hash ^ (hash >>> 15)) >>> 0) % N_HUES;
}
