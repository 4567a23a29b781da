import { PageHeader } from '../../kit/PageHeader';

export function Api() {
  return <PageHeader title="API" />;
}
