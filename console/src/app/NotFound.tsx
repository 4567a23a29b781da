import { SearchX } from 'lucide-react';
import { ButtonLink } from '../kit/Button';
import { EmptyState } from '../kit/EmptyState';
import { PageHeader } from '../kit/PageHeader';

export function NotFound() {
  return (
    <>
      <PageHeader title="Page not found" />
      <EmptyState icon={<SearchX />} title="There is no page at this address" actions={<ButtonLink to="/">Go to the overview</ButtonLink>}>
        What it was about may have been renamed or removed. Press Ctrl K to look for it by name.
      </EmptyState>
    </>
  );
}
