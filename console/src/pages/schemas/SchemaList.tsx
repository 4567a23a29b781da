import { PageHeader } from '../../kit/PageHeader';

export function SchemaList() {
  return <PageHeader title="Remote Schemas" />;
}
