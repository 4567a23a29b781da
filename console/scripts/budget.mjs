// What the console may weigh, compressed as it travels. Run after a build; fails when something has grown beyond its budget.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url).pathname;
const KIBIBYTE = 1024;

/** Before anything is shown. */
const SHELL = 200;
/** All of it, which the gateway's program is larger by. */
const WHOLE = 1900;

const packed = (path) => {
  const content = readFileSync(join(dist, path));
  return Math.min(gzipSync(content, { level: 9 }).length, content.length) / KIBIBYTE;
};

const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
  .map((entry) => join(entry.parentPath, entry.name).slice(dist.length));

// What the page names is loaded at once.
const page = readFileSync(join(dist, 'index.html'), 'utf8');
const shell = files.filter((file) => /\.js$/.test(file) && page.includes(`"./${file}"`));
if (shell.length === 0) throw new Error('index.html names no script');

const sum = (paths) => paths.reduce((total, path) => total + packed(path), 0);
const budgets = [
  ['shell', sum(shell), SHELL],
  ['whole', sum(files), WHOLE],
];
for (const [name, size, most] of budgets) console.log(`${name}  ${size.toFixed(0)} of ${most} KiB`);

const heaviest = files.map((file) => [packed(file), file]).sort(([a], [b]) => b - a);
for (const [size, file] of heaviest.slice(0, 5)) console.log(`  ${size.toFixed(0).padStart(4)}  ${file}`);

if (budgets.some(([, size, most]) => size > most)) {
  console.error('the console is heavier than its budget (console/scripts/budget.mjs)');
  process.exit(1);
}
