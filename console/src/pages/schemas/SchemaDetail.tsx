// One remote schema: its heading and its tabs. The route decides which of them is open.
import { Outlet, getRouteApi } from '@tanstack/react-router';
import { SearchX } from 'lucide-react';
import { useAsk } from '../../api/ask';
import { ButtonLink } from '../../kit/Button';
import { EmptyState } from '../../kit/EmptyState';
import { RemoteHealth } from '../../kit/HealthPill';
import { LinkTabs } from '../../kit/LinkTabs';
import { PageHeader } from '../../kit/PageHeader';

const TABS = ['overview', 'schema', 'relationships', 'permissions', 'customize', 'settings'] as const;
const LABELS = {
  overview: 'Overview',
  schema: 'Schema',
  relationships: 'Relationships',
  permissions: 'Permissions',
  customize: 'Customize',
  settings: 'Settings',
};

const route = getRouteApi('/schemas/$name');

export function SchemaDetail() {
  const { name } = route.useParams();
  const { data: overview } = useAsk('get_overview', {});
  const remote = overview?.remote_schemas.find((remote) => remote.name === name);
  const crumbs = [{ label: 'Remote Schemas', to: '/schemas' }] as const;
  if (overview && !remote) {
    return (
      <>
        <PageHeader title={name} crumbs={[...crumbs]} />
        <EmptyState icon={<SearchX />} title={`There is no remote schema called ${name}`} actions={<ButtonLink to="/schemas">All remote schemas</ButtonLink>}>
          It may have been removed or renamed meanwhile.
        </EmptyState>
      </>
    );
  }
  return (
    <>
      <PageHeader title={name} crumbs={[...crumbs]} badge={remote && <RemoteHealth health={remote.health} />} description={remote?.comment} />
      <LinkTabs
        label={`Parts of ${name}`}
        tabs={TABS.map((tab) => ({
          label: LABELS[tab],
          to: `/schemas/$name/${tab}` as const,
          params: { name },
          badge: remote ? badgeOf(tab, remote) : undefined,
        }))}
      />
      <Outlet />
    </>
  );
}

function badgeOf(tab: (typeof TABS)[number], { n_relationships_out, roles }: { n_relationships_out: number; roles: string[] }): number | undefined {
  if (tab === 'relationships') return n_relationships_out || undefined;
  return tab === 'permissions' ? roles.length || undefined : undefined;
}
