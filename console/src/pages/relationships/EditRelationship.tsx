import { PageHeader } from '../../kit/PageHeader';

export function EditRelationship() {
  return <PageHeader title="Edit relationship" />;
}
