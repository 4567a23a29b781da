import { PageHeader } from '../../kit/PageHeader';

export function PermissionMatrix() {
  return <PageHeader title="Permissions" />;
}
