// How long ago something was, in few words.

const UNITS: [unit: string, seconds: number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** `just now`, `5 minutes ago`, `3 days ago`. Clocks differ, so a little in the future is now. */
export function ago(at: string, now: number = Date.now()): string {
  const seconds = Math.max(0, (now - Date.parse(at)) / 1000);
  if (Number.isNaN(seconds)) return at;
  const [unit, length] = UNITS.find(([, length]) => seconds >= length) ?? [];
  if (unit === undefined || length === undefined) return 'just now';
  const count = Math.floor(seconds / length);
  return `${count} ${unit}${count === 1 ? '' : 's'} ago`;
}
