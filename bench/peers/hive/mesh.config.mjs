// The same joins as in ../../metadata/list, said in the peer's words.
import { defineConfig, loadGraphQLHTTPSubgraph } from '@graphql-mesh/compose-cli';

const subgraph = (name) => ({
  sourceHandler: loadGraphQLHTTPSubgraph(name, { endpoint: process.env[`${name.toUpperCase()}_URL`] }),
});

export const composeConfig = defineConfig({
  subgraphs: ['orders', 'users', 'products'].map(subgraph),
  additionalTypeDefs: `
    extend type Order {
      user: User
        @resolveTo(sourceName: "users", sourceTypeName: "Query", sourceFieldName: "users", keyField: "user_id", keysArg: "ids")
      product: Product
        @resolveTo(sourceName: "products", sourceTypeName: "Query", sourceFieldName: "products", keyField: "product_id", keysArg: "ids")
    }
    extend type User {
      orders: [Order!]
        @resolveTo(sourceName: "orders", sourceTypeName: "Query", sourceFieldName: "ordersByUser", requiredSelectionSet: "{ id }", sourceArgs: { user_id: "{root.id}" })
    }
  `,
});
