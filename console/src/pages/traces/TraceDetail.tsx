import { PageHeader } from '../../kit/PageHeader';

export function TraceDetail() {
  return <PageHeader title="Trace" />;
}
