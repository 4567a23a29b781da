// What the jump box offers for a text: pages and actions, remote schemas, and what the gateway has found in their schemas.
import type { LinkProps } from '@tanstack/react-router';
import type { Found, FoundEntry, Overview } from '../api/api';

export interface Destination {
  id: string;
  label: string;
  isCode?: boolean;
  detail?: string;
  remote?: string;
  link: Pick<LinkProps, 'to' | 'params' | 'search'>;
}

export interface DestinationGroup {
  label: string;
  items: Destination[];
}

const ACTIONS: Omit<Destination, 'id'>[] = [
  { label: 'Add a remote schema', link: { to: '/schemas/new' } },
  { label: 'Suggested relationships', link: { to: '/suggestions' } },
  { label: 'Run a query', detail: 'API', link: { to: '/api' } },
  { label: 'Import metadata', link: { to: '/metadata/$tab', params: { tab: 'import' } } },
  { label: 'Metadata history', link: { to: '/metadata/$tab', params: { tab: 'history' } } },
  { label: 'What is wrong', detail: 'Metadata status', link: { to: '/metadata/$tab', params: { tab: 'status' } } },
  { label: 'Graph', link: { to: '/graph' } },
  { label: 'Traces', link: { to: '/traces' } },
  { label: 'Permissions', link: { to: '/permissions' } },
  { label: 'Settings', link: { to: '/settings' } },
];

export function destinations(text: string, overview: Overview | undefined, found: Found | undefined): DestinationGroup[] {
  const fits = (label: string) => label.toLowerCase().includes(text.toLowerCase());
  const schemas = (overview?.remote_schemas ?? []).filter(({ name }) => fits(name)).map(({ name }) => schemaDestination(name));
  const groups = [
    { label: 'Remote Schemas', items: schemas.slice(0, 8) },
    { label: 'Types and fields', items: (found?.entries ?? []).map(entryDestination) },
    { label: 'Actions', items: ACTIONS.filter(({ label }) => fits(label)).map((action) => ({ id: action.label, ...action })) },
  ];
  return groups.filter(({ items }) => items.length > 0);
}

function schemaDestination(name: string): Destination {
  return { id: `schema ${name}`, label: name, link: { to: '/schemas/$name/overview', params: { name } } };
}

function entryDestination({ remote_schema, kind, path, signature, type_name }: FoundEntry): Destination {
  return {
    id: `${remote_schema} ${kind} ${path}`,
    label: path,
    isCode: true,
    // It is made to stand behind the name: `(id: Int!): User`, `: Int`.
    detail: signature.replace(/^: /, ''),
    remote: remote_schema,
    link: { to: '/schemas/$name/schema', params: { name: remote_schema }, search: { type: type_name } },
  };
}
