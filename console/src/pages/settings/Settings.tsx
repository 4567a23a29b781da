import { PageHeader } from '../../kit/PageHeader';

export function Settings() {
  return <PageHeader title="Settings" />;
}
