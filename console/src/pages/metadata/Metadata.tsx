import { PageHeader } from '../../kit/PageHeader';

export function Metadata() {
  return <PageHeader title="Metadata" />;
}
