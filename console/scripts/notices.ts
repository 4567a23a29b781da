// Writes THIRD-PARTY-NOTICES from the modules of the bundle, and fails when one has a licence that we may not pass on.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Plugin, Rolldown } from 'vite';

const ALLOWED = new Set(['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'OFL-1.1', '0BSD', 'CC0-1.0']);

/** Workers are bundles of their own, so what is in them is gathered by a plugin of their own. */
export function notices(): { ofWorkers: Plugin; ofAll: Plugin } {
  const folders = new Set<string>();
  const gather = (bundle: Rolldown.OutputBundle) => {
    for (const file of Object.values(bundle)) {
      for (const path of file.type === 'chunk' ? file.moduleIds : file.originalFileNames) {
        const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path.replace('\0', ''))?.[0];
        if (folder) folders.add(resolve(folder));
      }
    }
  };
  return {
    ofWorkers: { name: 'notices-of-workers', generateBundle: (_options, bundle) => gather(bundle) },
    ofAll: {
      name: 'notices',
      apply: 'build',
      generateBundle(_options, bundle) {
        gather(bundle);
        const source = [...folders].filter(isPackage).sort().map(notice).join(`\n${'-'.repeat(80)}\n\n`);
        this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY-NOTICES.txt', source });
      },
    },
  };
}

function isPackage(folder: string): boolean {
  return existsSync(join(folder, 'package.json'));
}

function notice(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (!isAllowed(String(license))) throw new Error(`${name} ${version} has the licence ${license}, which is not among ${[...ALLOWED].join(', ')}`);
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice)/i.test(file));
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim());
  return [`${name} ${version} (${license})`, ...texts].join('\n\n') + '\n';
}

/** Whether one of the licences that we may choose from is allowed. */
function isAllowed(expression: string): boolean {
  return expression
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((licence) => ALLOWED.has(licence)));
}
