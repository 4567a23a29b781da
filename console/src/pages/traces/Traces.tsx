import { PageHeader } from '../../kit/PageHeader';

export function Traces() {
  return <PageHeader title="Traces" />;
}
