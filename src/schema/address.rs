//! Addresses of the server's own resources. A reference may be absolute or relative to the base URI (RFC 7643 section
//! 2.3.7), and a tenant can be reached under several base URIs: all these spellings mean one resource. Nothing is looked
//! up here, so an address can be well-formed and of nobody.

use super::{names, resource_type::ResourceType};

/// How the addresses of a tenant's resources are learnt, by the few filters that compare references.
pub type Known<'a> = &'a dyn Fn() -> Addresses;

/// Where the resources of a tenant can be reached.
#[derive(Debug, Clone, Default)]
pub struct Addresses {
    bases: Vec<String>,
    endpoints: Vec<String>,
}

impl Addresses {
    /// `bases` are absolute and have no slash at the end; the first is the one that answers show.
    pub fn new<'t>(bases: Vec<String>, types: impl IntoIterator<Item = &'t ResourceType>) -> Self {
        Self { bases, endpoints: types.into_iter().map(|own| own.endpoint.clone()).collect() }
    }

    /// Every spelling of the resource an address means, the shown one first; `None` for an address of something else.
    #[must_use]
    pub fn spellings(&self, address: &str) -> Option<Vec<String>> {
        let place = self.place(address)?;
        let relative =
            [place.clone(), format!(".{place}"), format!("..{place}"), place.trim_start_matches('/').to_owned()];
        let absolute = self.bases.iter().map(|base| format!("{base}{place}"));
        let without_origin = self.bases.iter().filter_map(|base| Some(format!("{}{place}", path_of(base)?)));
        Some(absolute.chain(without_origin).chain(relative).collect())
    }

    /// The resource's place below the base: `/Users/x`.
    fn place(&self, address: &str) -> Option<String> {
        let below_base = self.bases.iter().find_map(|base| {
            names::strip_prefix(address, base).or_else(|| names::strip_prefix(address, path_of(base)?))
        });
        let relative = || (!address.contains(':')).then(|| address.trim_start_matches('.'));
        let place = below_base.filter(|place| place.starts_with('/')).or_else(relative)?;
        let (endpoint, id) = place.trim_start_matches('/').split_once('/')?;
        let endpoint = self.endpoints.iter().find(|own| own.trim_start_matches('/').eq_ignore_ascii_case(endpoint))?;
        (!id.is_empty() && !id.contains(['/', '?', '#'])).then(|| format!("{endpoint}/{id}"))
    }
}

/// What follows the origin of an absolute URI.
fn path_of(base: &str) -> Option<&str> {
    let (_, rest) = base.split_once("://")?;
    rest.find('/').and_then(|at| rest.get(at..))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::Addresses;
    use crate::schema::registry::tests::built_in;

    fn addresses() -> Addresses {
        let registry = built_in();
        let bases = ["https://host/scim/v2", "https://host/tenants/acme/scim/v2"].map(str::to_owned).to_vec();
        Addresses::new(bases, [registry.user().as_ref(), registry.group().as_ref()])
    }

    #[rstest]
    #[case::absolute("https://host/scim/v2/Users/u1")]
    #[case::host_in_capitals("HTTPS://Host/scim/v2/users/u1")]
    #[case::by_tenant("https://host/tenants/acme/scim/v2/Users/u1")]
    #[case::without_origin("/tenants/acme/scim/v2/Users/u1")]
    #[case::relative_to_the_base("Users/u1")]
    #[case::with_a_slash("/Users/u1")]
    #[case::rfc7643_example("../Users/u1")]
    fn spellings_of_one_resource(#[case] address: &str) {
        let spellings = addresses().spellings(address).unwrap();
        assert_eq!(spellings[0], "https://host/scim/v2/Users/u1");
        assert!(spellings.iter().any(|other| other == "../Users/u1"));
        for other in &spellings {
            assert_eq!(addresses().spellings(other).as_ref(), Some(&spellings), "{other}");
        }
    }

    #[rstest]
    #[case::another_server("https://other/scim/v2/Users/u1")]
    #[case::another_tenant("https://host/tenants/evil/scim/v2/Users/u1")]
    #[case::longer_base("https://host/scim/v2x/Users/u1")]
    #[case::no_resource("https://host/scim/v2/Users")]
    #[case::deeper("Users/u1/x")]
    #[case::unknown_type("Devices/u1")]
    #[case::urn("urn:ietf:params:scim:schemas:core:2.0:User")]
    #[case::nothing("")]
    fn other_addresses_are_text(#[case] address: &str) {
        assert_eq!(addresses().spellings(address), None);
    }
}
