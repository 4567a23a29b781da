// GraphiQL in the colours of the console. Its style sheet wants them as parts of `hsl(…)`, so they are worked out from ours.
import { token } from '../../monaco/token';

/** GraphiQL's colours and ours. `graphiql.css` gives them to GraphiQL. */
const COLOURS = {
  primary: '--accent',
  secondary: '--code-type',
  tertiary: '--code-variable',
  info: '--code-variable',
  success: '--ok',
  warning: '--warn',
  error: '--bad',
  neutral: '--fg-2',
  base: '--panel',
};

/** To be called after the theme has changed. */
export function applyGraphiqlTheme() {
  for (const [name, ours] of Object.entries(COLOURS)) document.documentElement.style.setProperty(`--graphiql-${name}`, hslParts(token(ours)));
}

/** `#4338ca` as `244.5, 57.9%, 50.6%`. */
export function hslParts(hex: string): string {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((start) => Number.parseInt(hex.slice(start, start + 2), 16) / 255);
  const most = Math.max(r, g, b);
  const range = most - Math.min(r, g, b);
  const lightness = most - range / 2;
  const saturation = range === 0 ? 0 : range / (1 - Math.abs(2 * lightness - 1));
  const sixth = range === 0 ? 0 : most === r ? (g - b) / range + 6 : most === g ? (b - r) / range + 2 : (r - g) / range + 4;
  const short = (value: number) => Number(value.toFixed(1));
  return `${short((sixth * 60) % 360)}, ${short(saturation * 100)}%, ${short(lightness * 100)}%`;
}
