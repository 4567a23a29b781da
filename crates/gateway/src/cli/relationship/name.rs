//! How relationships are called: `SCHEMA.TYPE.name`, or `TYPE.name` where only one schema is meant.

use metadata::{Document, Relationship, RelationshipDefinition, ToRemoteSchema};

use crate::cli::change::{missing, remote};
use crate::cli::error::Error;

/// The name of a relationship, as it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// Names of remotes may have dots.
    pub(super) remote: Option<String>,
    pub(super) type_name: String,
    pub(super) name: String,
}

/// A relationship of the metadata with its full name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'d> {
    pub(super) remote: &'d str,
    pub(super) type_name: &'d str,
    pub(super) relationship: &'d Relationship,
}

/// For clap.
pub(super) fn parse(text: &str) -> Result<Name, String> {
    let mut parts = text.rsplitn(3, '.');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(name), Some(type_name), remote) if !name.is_empty() && !type_name.is_empty() => Ok(Name {
            remote: remote.map(str::to_owned),
            type_name: type_name.to_owned(),
            name: name.to_owned(),
        }),
        _ => Err("write it as TYPE.name, or as SCHEMA.TYPE.name".to_owned()),
    }
}

/// All relationships to remote schemas.
pub(super) fn all(document: &Document) -> Vec<Known<'_>> {
    let mut all = Vec::new();
    for remote in &document.remote_schemas {
        for on in &remote.remote_relationships {
            all.extend(on.relationships.iter().map(|relationship| Known {
                remote: &remote.name,
                type_name: &on.type_name,
                relationship,
            }));
        }
    }
    all
}

impl Name {
    /// The relationship of that name.
    pub(super) fn find<'d>(&self, document: &'d Document) -> Result<Known<'d>, Error> {
        if let Some(name) = &self.remote {
            remote(document, name)?;
        }
        let all = all(document);
        let is_meant = |known: &&Known<'_>| {
            known.type_name == self.type_name
                && known.relationship.name == self.name
                && self.remote.as_ref().is_none_or(|remote| remote == known.remote)
        };
        let found: Vec<&Known<'_>> = all.iter().filter(is_meant).collect();
        match found.as_slice() {
            [known] => Ok(**known),
            [] => {
                let own = |known: &Known<'_>| match self.remote {
                    Some(_) => known.title(),
                    None => format!("{}.{}", known.type_name, known.relationship.name),
                };
                let titles: Vec<String> = all.iter().map(own).collect();
                let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
                let wanted = self.to_string();
                Err(missing(format!("there is no relationship `{wanted}`"), &wanted, &titles))
            }
            several => {
                let titles: Vec<String> = several.iter().map(|known| known.title()).collect();
                Err(Error::usage(format!("more than one remote schema has a relationship `{self}`"))
                    .help(format!("name one of {}", titles.join(", "))))
            }
        }
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { remote, type_name, name } = self;
        match remote {
            Some(remote) => write!(f, "{remote}.{type_name}.{name}"),
            None => write!(f, "{type_name}.{name}"),
        }
    }
}

impl<'d> Known<'d> {
    pub(super) fn title(&self) -> String {
        format!("{}.{}.{}", self.remote, self.type_name, self.relationship.name)
    }

    /// Where it leads, if not to a database.
    pub(super) fn target(&self) -> Option<&'d ToRemoteSchema> {
        match &self.relationship.definition {
            RelationshipDefinition::ToRemoteSchema(to) => Some(to),
            RelationshipDefinition::ToSource(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_schemas_may_have_dots() {
        let name = |text| parse(text).map(|name| (name.remote, name.type_name, name.name)).ok();
        let own = |remote: Option<&str>, ty: &str, name: &str| {
            Some((remote.map(str::to_owned), ty.to_owned(), name.to_owned()))
        };
        assert_eq!(name("Order.user"), own(None, "Order", "user"));
        assert_eq!(name("a.b.Order.user"), own(Some("a.b"), "Order", "user"));
        assert_eq!(name("user"), None);
        assert_eq!(name(".user"), None);
    }
}
