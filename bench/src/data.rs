//! Users, products and orders as functions of their numbers: nothing is stored, and every program knows the right answer.

/// Orders above this number belong to the users in turn, [`ORDERS_PER_USER`] each; those below come in pages.
pub const FIRST_OWN_ORDER: u64 = 1_000_000;
/// How many orders a user has.
pub const ORDERS_PER_USER: u64 = 5;
/// How many different products are ever ordered.
pub const PRODUCTS: u64 = 40;
/// Orders in a page of [`user_of`].
pub const PAGE: u64 = 1_000;

/// The user who placed an order. A page of 1,000 orders has 200 users, and its first 50 orders have 20.
pub fn user_of(order: u64) -> u64 {
    if order > FIRST_OWN_ORDER {
        return (order - FIRST_OWN_ORDER - 1) / ORDERS_PER_USER + 1;
    }
    let (page, place) = ((order - 1) / PAGE, (order - 1) % PAGE);
    let users = if place < 50 { 20 } else { 200 };
    page * 200 + place * 13 % users + 1
}

/// The orders of a user.
pub fn orders_of(user: u64) -> impl Iterator<Item = u64> {
    let first = FIRST_OWN_ORDER + (user - 1) * ORDERS_PER_USER + 1;
    first..first + ORDERS_PER_USER
}

/// The product of an order.
pub fn product_of(order: u64) -> u64 {
    order * 11 % PRODUCTS + 1
}

/// What an order costs.
pub fn total_of(order: u64) -> f64 {
    (order % 5_000) as f64 + 0.5
}

/// Where an order has got to.
pub fn status_of(order: u64) -> &'static str {
    ["OPEN", "PAID", "PACKED", "SENT"][(order % 4) as usize]
}

/// A line of text with an order, long enough to make answers large.
pub fn note_of(order: u64) -> String {
    format!(
        "Please ring twice at door {}; the parcel {order} may stay with the people across the hall, thanks.",
        order % 83
    )
}

/// What a product costs.
pub fn price_of(product: u64) -> f64 {
    product as f64 * 3.0 + 0.25
}

/// What a product is called.
pub fn product_name(product: u64) -> String {
    format!("Lamp no. {product}")
}

/// What a user is called.
pub fn user_name(user: u64) -> String {
    format!("Person {user}")
}

/// Where a user gets mail.
pub fn user_email(user: u64) -> String {
    format!("person{user}@mail.test")
}
