// The metadata as a whole: what is wrong with it, how it differs, in and out, and what it was.
import { Link, getRouteApi } from '@tanstack/react-router';
import { EmptyState } from '../../kit/EmptyState';
import { LinkTabs } from '../../kit/LinkTabs';
import { PageHeader } from '../../kit/PageHeader';
import { useAsk } from '../../api/ask';
import { Diff } from './Diff';
import { History } from './History';
import { ImportExport } from './ImportExport';
import { Status } from './Status';

const route = getRouteApi('/metadata/$tab');

const TABS = { status: Status, diff: Diff, import: ImportExport, history: History };
const isTab = (tab: string): tab is keyof typeof TABS => Object.hasOwn(TABS, tab);

export function Metadata() {
  const { tab } = route.useParams();
  const overview = useAsk('get_overview', {});
  const n = overview.data?.problems.length;
  const Content = isTab(tab) ? TABS[tab] : null;
  return (
    <>
      <PageHeader
        title="Metadata"
        description="Everything that Conjoin knows: remote schemas, relationships, permissions."
      />
      <LinkTabs
        label="Metadata"
        tabs={[
          { label: 'Status', to: '/metadata/$tab', params: { tab: 'status' }, badge: n ? n : undefined },
          { label: 'Diff', to: '/metadata/$tab', params: { tab: 'diff' } },
          { label: 'Import / Export', to: '/metadata/$tab', params: { tab: 'import' } },
          { label: 'History', to: '/metadata/$tab', params: { tab: 'history' } },
        ]}
      />
      {Content ? (
        <Content />
      ) : (
        <EmptyState title={`There is no “${tab}” here`}>
          <Link to="/metadata/$tab" params={{ tab: 'status' }}>
            Go to the status
          </Link>
        </EmptyState>
      )}
    </>
  );
}
