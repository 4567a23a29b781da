import { PageHeader } from '../../kit/PageHeader';

export function NewRelationship() {
  return <PageHeader title="New relationship" />;
}
