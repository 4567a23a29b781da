// A gateway with something in it: what the demo has, a permission and an operation that was run.
import { type Gateway, type Remote, command, demoRemotes, startGateway, startRemote } from './servers';

export interface Filled {
  gateway: Gateway;
  orders: Remote;
  users: Remote;
  stop: () => Promise<void>;
}

type GatewayOptions = NonNullable<Parameters<typeof startGateway>[0]>;

/** Two remote schemas, `orders` and `users`, joined by `Order.user`, and a role `support` that sees a part of them. */
export async function startFilled(options: GatewayOptions = {}): Promise<Filled> {
  const [gateway, orders, users] = await Promise.all([startGateway(options), startRemote(demoRemotes, 'orders'), startRemote(demoRemotes, 'users')]);
  await addRemotes(gateway, { orders, users }, options.adminSecret);
  const write = (type: string, args: unknown) => command(gateway, type, args, options.adminSecret);
  await write('create_remote_schema_remote_relationship', joinedBy('user', 'user'));
  await write('add_remote_schema_permissions', {
    remote_schema: 'orders',
    role: 'support',
    definition: { schema: 'schema { query: Query } type Query { orders(limit: Int): [Order!]! } type Order { id: Int! user_id: Int }' },
  });
  return { gateway, orders, users, stop: async () => void (await Promise.all([gateway.stop(), orders.stop(), users.stop()])) };
}

export async function addRemotes(gateway: Gateway, remotes: Record<string, Remote>, secret?: string) {
  for (const [name, { url }] of Object.entries(remotes)) {
    await command(gateway, 'add_remote_schema', { name, definition: { url } }, secret);
  }
}

/** A relationship from `Order.user_id` to a field of `users`. */
export function joinedBy(name: string, field: string) {
  return {
    remote_schema: 'orders',
    type_name: 'Order',
    name,
    definition: {
      to_remote_schema: { remote_schema: 'users', lhs_fields: ['user_id'], remote_field: { [field]: { arguments: { id: '$user_id' } } } },
    },
  };
}

/** Runs an operation past the console. */
export async function run(gateway: Gateway, query: string, secret?: string): Promise<unknown> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (secret) headers['x-hasura-admin-secret'] = secret;
  return (await fetch(`${gateway.url}/v1/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) })).json();
}
