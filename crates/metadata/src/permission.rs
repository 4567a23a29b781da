//! What a role may see of a remote schema, as an SDL document in original upstream names.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::rule;

/// The SDL of one role on one remote.
#[derive(Debug, Clone, PartialEq)]
pub struct Permission {
    /// Role name, never `admin`.
    pub role: String,
    /// SDL text, kept as written.
    pub schema: String,
    /// Free text of the user.
    pub comment: Option<String>,
}

/// The shape in the metadata, where the SDL sits one level deeper.
#[derive(Serialize, Deserialize)]
struct Written<'a> {
    #[serde(deserialize_with = "non_empty_role")]
    role: Cow<'a, str>,
    definition: Definition<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<Cow<'a, str>>,
}

#[derive(Serialize, Deserialize)]
struct Definition<'a> {
    schema: Cow<'a, str>,
}

fn non_empty_role<'de, D: Deserializer<'de>>(input: D) -> Result<Cow<'static, str>, D::Error> {
    rule::non_empty(input).map(Cow::Owned)
}

impl<'de> Deserialize<'de> for Permission {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(input)?;
        Ok(Self {
            role: written.role.into_owned(),
            schema: written.definition.schema.into_owned(),
            comment: written.comment.map(Cow::into_owned),
        })
    }
}

impl Serialize for Permission {
    fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        Written {
            role: Cow::Borrowed(&self.role),
            definition: Definition { schema: Cow::Borrowed(&self.schema) },
            comment: self.comment.as_deref().map(Cow::Borrowed),
        }
        .serialize(output)
    }
}
