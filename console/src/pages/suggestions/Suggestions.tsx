import { PageHeader } from '../../kit/PageHeader';

export function Suggestions() {
  return <PageHeader title="Suggested relationships" />;
}
