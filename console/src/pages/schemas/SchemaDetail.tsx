// One remote schema: its heading and its tabs. The route decides which of them is open.
import { Outlet, getRouteApi } from '@tanstack/react-router';
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
  return (
    <>
      <PageHeader title={name} crumbs={[{ label: 'Remote Schemas', to: '/schemas' }]} />
      <LinkTabs label={`Parts of ${name}`} tabs={TABS.map((tab) => ({ label: LABELS[tab], to: `/schemas/$name/${tab}` as const, params: { name } }))} />
      <Outlet />
    </>
  );
}
