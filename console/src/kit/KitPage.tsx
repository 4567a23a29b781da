import { PageHeader } from './PageHeader';

export function KitPage() {
  return <PageHeader title="Kit" />;
}
