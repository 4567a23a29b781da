// The shop: GraphQL Yoga, with abstract types, an enum, custom scalars, an input object and a mutation.
import { createServer } from 'node:http'
import { createSchema, createYoga } from 'graphql-yoga'

const orders = [
  { __typename: 'Order', id: '1', customerId: 2, status: 'OPEN', total: '19.50' },
  { __typename: 'Order', id: '2', customerId: 1, status: 'SHIPPED', total: '7.25' },
  { __typename: 'Order', id: '3', customerId: 2, status: 'OPEN', total: '120.00' },
  { __typename: 'Order', id: '4', customerId: null, status: 'OPEN', total: '3.10' },
  { __typename: 'Order', id: '5', customerId: 13, status: 'SHIPPED', total: '42.00' },
]
const vouchers = [{ __typename: 'Voucher', id: 'v1', customerId: 1, percent: 10 }]

const schema = createSchema({
  typeDefs: /* GraphQL */ `
    type Query {
      "One order by its number."
      order(id: ID!): Order
      orders(first: Int = 10, filter: OrderFilter): [Order!]!
      search(customerId: Int!): [Hit!]!
      latest(customerId: Int!): Order
    }
    type Mutation {
      placeOrder(customerId: Int!, total: Money!): Order!
    }
    input OrderFilter { status: OrderStatus  ids: [ID!] }
    enum OrderStatus { OPEN SHIPPED LOST @deprecated(reason: "never happens") }
    scalar Money @specifiedBy(url: "https://example.com/money")
    interface Sold { id: ID!  customerId: Int }
    type Order implements Sold { id: ID!  customerId: Int  status: OrderStatus!  total: Money! }
    type Voucher implements Sold { id: ID!  customerId: Int  percent: Int! }
    union Hit = Order | Voucher
  `,
  resolvers: {
    Query: {
      order: (_, { id }) => orders.find((order) => order.id === id),
      orders: (_, { first, filter }) =>
        orders
          .filter((order) => !filter?.status || order.status === filter.status)
          .filter((order) => !filter?.ids || filter.ids.includes(order.id))
          .slice(0, first),
      search: (_, { customerId }) => [...orders, ...vouchers].filter((hit) => hit.customerId === customerId),
      latest: (_, { customerId }) => orders.findLast((order) => order.customerId === customerId),
    },
    Mutation: {
      placeOrder: (_, { customerId, total }) => {
        const order = { __typename: 'Order', id: String(orders.length + 1), customerId, status: 'OPEN', total }
        orders.push(order)
        return order
      },
    },
  },
})

const yoga = createYoga({
  schema,
  logging: false,
  maskedErrors: false,
  plugins: [{ onParams: ({ params }) => console.log('operation ' + JSON.stringify(params.query)) }],
})
const server = createServer(yoga)
server.listen(0, '127.0.0.1', () => console.log(`listening http://127.0.0.1:${server.address().port}/graphql`))

// The test holds the other end: when it is gone, so is this server.
process.stdin.on('end', () => process.exit()).resume()
