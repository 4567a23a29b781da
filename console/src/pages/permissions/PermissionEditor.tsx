import { PageHeader } from '../../kit/PageHeader';

export function PermissionEditor() {
  return <PageHeader title="Permission" />;
}
