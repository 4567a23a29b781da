import { PageHeader } from '../../kit/PageHeader';

export function Graph() {
  return <PageHeader title="Graph" />;
}
