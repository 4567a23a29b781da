//! What a role may see of a remote schema: an SDL document in original upstream names, or everything but what is denied.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::rule;

/// What one role may see of one remote.
#[derive(Debug, Clone, PartialEq)]
pub struct Permission {
    /// Role name, never `admin`.
    pub role: String,
    /// SDL text, kept as written; `*` stands for the whole schema.
    pub schema: String,
    /// What a permission of `*` takes away: `Type`, `Type.field`, `Type.field(argument:)`, `Enum.VALUE`. Conjoin's own, absent
    /// when empty.
    pub deny: Vec<String>,
    /// Free text of the user.
    pub comment: Option<String>,
}

impl Permission {
    /// The value of `definition`.
    pub fn definition(&self) -> serde_json::Value {
        rule::to_value(&self.written().definition)
    }

    fn written(&self) -> Written<'_> {
        Written {
            role: Cow::Borrowed(&self.role),
            definition: Definition { schema: Cow::Borrowed(&self.schema), deny: Cow::Borrowed(&self.deny) },
            comment: self.comment.as_deref().map(Cow::Borrowed),
        }
    }
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
    #[serde(default, skip_serializing_if = "<[String]>::is_empty")]
    deny: Cow<'a, [String]>,
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
            deny: written.definition.deny.into_owned(),
            comment: written.comment.map(Cow::into_owned),
        })
    }
}

impl Serialize for Permission {
    fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        self.written().serialize(output)
    }
}
