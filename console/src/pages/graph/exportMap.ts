// Gives the person the map as a file. Everything is drawn here: no server sees it.
import { hueOf } from '../../kit/hue';
import { download } from '../metadata/download';
import type { Colours, Drawing } from './mapSvg';

/** Pixels of the picture for each of the page, so that it is sharp in print. */
const SCALE = 2;
/** More than any browser draws on one canvas, in pixels of one side and of both. */
const MOST_PIXELS_OF_SIDE = 16_000;
const MOST_PIXELS = 64_000_000;

export function saveSvg({ svg }: Drawing) {
  download('map.svg', svg, 'image/svg+xml');
}

export async function savePng({ svg, width, height }: Drawing) {
  const image = new Image();
  // Not an object URL: the policy of the page allows pictures from here and from data only.
  image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  await image.decode();
  const scale = scaleOf(width, height);
  const canvas = Object.assign(document.createElement('canvas'), { width: Math.floor(width * scale), height: Math.floor(height * scale) });
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  const png = await new Promise<Blob | null>((resume) => canvas.toBlob(resume, 'image/png'));
  if (!png) throw new Error('this browser could not draw a picture of that size');
  download('map.png', png, 'image/png');
}

/** Large maps are drawn with fewer pixels rather than not at all. */
export function scaleOf(width: number, height: number): number {
  return Math.min(SCALE, MOST_PIXELS_OF_SIDE / Math.max(width, height), Math.sqrt(MOST_PIXELS / (width * height)));
}

/** The colours of the theme that is shown now, as a browser computes them: those of the page are functions of the theme. */
export function coloursOfTheme(): Colours {
  return {
    background: computed('var(--bg)'),
    panel: computed('var(--panel)'),
    line: computed('var(--line)'),
    text: computed('var(--fg)'),
    faint: computed('var(--fg-2)'),
    type: computed('var(--code-type)'),
    ok: computed('var(--ok)'),
    warn: computed('var(--warn)'),
    bad: computed('var(--bad)'),
    ofRemote: (remote) => computed(hueOf(remote)),
  };
}

function computed(colour: string): string {
  const probe = document.createElement('span');
  probe.style.color = colour;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
