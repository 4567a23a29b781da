// The plan of an operation for a role, without running it.
import type { JoinPlan } from '../../api/api';
import { errorOf, request } from '../../api/client';
import { roleHeaders, session } from '../../app/session/session';

export interface Operation {
  query: string;
  variables: unknown;
  operationName: string | null;
}

export async function explain(operation: Operation, signal?: AbortSignal): Promise<JoinPlan> {
  // The administrator asks on behalf of the role, so that he may see its plan.
  const user = roleHeaders(session.get());
  const body = JSON.stringify({ query: operation, user });
  const response = await request('v1/graphql/explain', { method: 'POST', body, signal });
  if (!response.ok) throw await errorOf(response);
  return response.json();
}
