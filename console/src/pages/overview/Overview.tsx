import { PageHeader } from '../../kit/PageHeader';

export function Overview() {
  return <PageHeader title="Overview" />;
}
