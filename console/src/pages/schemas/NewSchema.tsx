import { PageHeader } from '../../kit/PageHeader';

export function NewSchema() {
  return <PageHeader title="Add a remote schema" />;
}
