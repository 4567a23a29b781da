// Measures what `npm run build` wrote, and fails when it is more than it may be.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url).pathname;
const KIB = 1024;

const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => {
    const path = join(entry.parentPath, entry.name);
    const bytes = readFileSync(path);
    return { name: path.slice(dist.length), raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length };
  });

const html = readFileSync(join(dist, 'index.html'), 'utf8');

// The page names what it begins with: its script, and the scripts that one imports.
const shell = files.filter(({ name }) => name.endsWith('.js') && html.includes(name));
const graph = files.filter(({ name }) => /^assets\/(Graph|graph-map)-[^/]*\.js$/.test(name));

const budgets = [
  { what: 'scripts of the shell', files: shell, limit: 200 },
  { what: 'scripts of the graph', files: graph, limit: 90 },
  { what: 'everything', files, limit: 1900 },
];

let isOver = false;
for (const { what, files, limit } of budgets) {
  if (files.length === 0) throw new Error(`dist has no ${what}: run npm run build first`);
  const raw = sum(files, 'raw') / KIB;
  const gzip = sum(files, 'gzip') / KIB;
  isOver ||= gzip > limit;
  console.log(`${what.padEnd(22)} ${gzip.toFixed(1).padStart(8)} KiB gzip of ${limit} ${raw.toFixed(0).padStart(7)} KiB raw ${gzip > limit ? '  OVER' : ''}`);
}

const largest = files.sort((a, b) => b.gzip - a.gzip).slice(0, 8);
console.log('\nlargest:');
for (const { name, gzip } of largest) console.log(`  ${(gzip / KIB).toFixed(1).padStart(7)} KiB  ${name}`);

process.exitCode = isOver ? 1 : 0;

function sum(files, key) {
  return files.reduce((total, file) => total + file[key], 0);
}
