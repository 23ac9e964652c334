//! The list over all tenants an administrator reaches.

use convoke::model::group::GroupType;
use convoke::model::principal::{Reach, Role, Scope};
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use super::place::{Place, column};

const LIST: &str = "/api/v1/admin/groups/";

#[tokio::test(flavor = "multi_thread")]
async fn everybody_sees_as_far_as_they_reach() {
    let place = Place::start().await;
    let south = place.tenant("south", Some("reseller")).await;
    let rival = place.tenant("rival", Some("other")).await;
    let alone = place.tenant("alone", None).await;
    for (tenant, name) in [(&place.tenant, "d"), (&south, "B"), (&rival, "a"), (&alone, "C"), (&south, "e")] {
        place.group_of(tenant, name, GroupType::Security, None, &[]).await;
    }
    let reseller = place.tenant.partner.unwrap();
    let platform = place.client(Reach::Platform, &[Scope::AdminRead], &[]).await;
    let partner = place.client(Reach::Partner(reseller), &[], &[Role::PartnerAdmin]).await;
    let tenant = place.client(Reach::Tenant(south.id), &[], &[Role::TenantAdmin]).await;
    let names = async |client: &crate::support::Client, query: &str| {
        let answer = client.get(&format!("{LIST}{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text);
        assert_eq!(answer.body["pagination"]["total_items"], column(&answer, "name").len(), "{query}");
        column(&answer, "name").join("")
    };
    let (own, other) = (format!("?tenant_id={}", south.id), format!("?tenant_id={}", rival.id));
    let (ours, theirs) = (format!("?partner_id={reseller}"), format!("?partner_id={}", rival.partner.unwrap()));
    assert_eq!(names(&platform, "").await, "aBCde");
    assert_eq!(names(&partner, "").await, "Bde");
    assert_eq!(names(&tenant, "").await, "Be");
    for client in [&platform, &partner, &tenant] {
        assert_eq!(names(client, &own).await, "Be");
        assert_eq!(names(client, &format!("{own}&partner_id={reseller}")).await, "Be");
    }
    assert_eq!(names(&platform, &other).await, "a");
    assert_eq!(names(&platform, &ours).await, "Bde");
    assert_eq!(names(&platform, &theirs).await, "a");
    assert_eq!(names(&partner, &ours).await, "Bde");
    assert_eq!(names(&tenant, &ours).await, "Be");
    assert_eq!(names(&tenant, &theirs).await, "", "both together intersect");
    assert_eq!(names(&platform, &format!("{own}&partner_id={}", rival.partner.unwrap())).await, "");
    let unknown = format!("?tenant_id={}", Uuid::from_u128(7));
    for query in [&unknown, "?tenant_id=x", "?partner_id=x", &format!("?partner_id={}", Uuid::from_u128(7))] {
        assert_eq!(names(&platform, query).await, "", "{query}");
    }
    for (client, query) in
        [(&partner, &other), (&partner, &unknown), (&partner, &theirs), (&tenant, &other), (&tenant, &unknown)]
    {
        let answer = client.get(&format!("{LIST}{query}")).await;
        assert_eq!(answer.status, 403, "{query}: {}", answer.text);
    }
    let program = place.client(Reach::Tenant(south.id), &[Scope::GroupsWrite], &[]).await;
    assert_eq!(program.get(LIST).await.status, 403, "groups:write is for the tenant's paths");
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_and_pages_run_over_all_tenants() {
    let place = Place::start().await;
    let south = place.tenant("south", None).await;
    let client = place.reader().await;
    let (north, admin) = (&place.tenant, place.client(Reach::Platform, &[Scope::AdminWrite], &[]).await);
    for (tenant, name, group_type, description) in [
        (north, "Alpha", "SECURITY", "runs 100% of it"),
        (&south, "alpha", "DISTRIBUTION", "Straße"),
        (north, "Bravo", "DISTRIBUTION", "runs 100 of it"),
        (&south, "charlie_x", "SECURITY", ""),
        (north, "CharlieYx", "SECURITY", "alphabet"),
    ] {
        let body =
            json!({ "tenant_id": tenant.id, "name": name, "group_type": group_type, "description": description });
        admin.post(LIST, &body).await.expect(201);
    }
    let names = async |query: &str| {
        let answer = client.get(&format!("{LIST}?{query}")).await;
        column(&answer, "name").join(" ")
    };
    assert_eq!(names("search=alpha").await, "Alpha alpha CharlieYx", "name or description");
    assert_eq!(names("search=%20ALPHA&group_type=security").await, "Alpha CharlieYx");
    assert_eq!(names("search=100%25").await, "Alpha");
    assert_eq!(names("search=e_x").await, "charlie_x");
    assert_eq!(names("search=strasse").await, "alpha");
    assert_eq!(names("group_type=distribution_list").await, "alpha Bravo");
    assert_eq!(names(&format!("group_type=DISTRIBUTION&tenant_id={}", south.id)).await, "alpha");
    assert_eq!(names("search=%20").await, "Alpha alpha Bravo charlie_x CharlieYx");
    assert_eq!(client.get(&format!("{LIST}?group_type=MAIL")).await.status, 422);
    assert_eq!(client.get(&format!("{LIST}?search={}", "x".repeat(257))).await.status, 422);
    for (query, total) in [("search=alpha", 3), ("group_type=DISTRIBUTION", 2), (&format!("tenant_id={}", south.id), 2)]
    {
        let answer = client.get(&format!("{LIST}?{query}&per_page=1")).await;
        assert_eq!(answer.body["pagination"]["total_items"], total, "{query}");
    }
    let (mut seen, mut page) = (Vec::new(), 1);
    loop {
        let answer = client.get(&format!("{LIST}?per_page=2&page={page}")).await;
        assert_eq!(answer.body["pagination"]["total_items"], 5);
        assert_eq!(answer.body["pagination"]["total_pages"], 3);
        let rows: Vec<String> = column(&answer, "id").into_iter().map(str::to_owned).collect();
        if rows.is_empty() {
            break;
        }
        seen.extend(rows);
        page += 1;
    }
    seen.sort();
    seen.dedup();
    assert_eq!((seen.len(), page), (5, 4), "each once");
    let gone = client.get(&format!("{LIST}?search=bravo")).await;
    let row = &gone.body["data"][0];
    let expected = json!({
        "id": row["id"], "name": "Bravo", "group_type": "DISTRIBUTION", "member_count": 0, "parent_group_id": null,
        "description": "runs 100 of it", "tenant_id": north.id, "partner_id": north.partner.unwrap(),
        "nested_group_count": 0, "created_at": row["created_at"], "updated_at": null,
    });
    assert_eq!(*row, expected);
    let path = format!("{LIST}{}", row["id"].as_str().unwrap());
    assert_eq!(admin.send(Method::DELETE, &path, &[], None).await.status, 204);
    assert_eq!(names("").await, "Alpha alpha charlie_x CharlieYx", "what is deleted is out");
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_are_printed_as_each_tenant_wants_them() {
    let mut place = Place::start().await;
    let south = place.tenant("south", None).await;
    place.set("ids.style=prefixed").await;
    place.group("a", None, &[]).await;
    place.group_of(&south, "b", GroupType::Security, None, &[]).await;
    let answer = place.reader().await.get(LIST).await;
    let (ids, tenants) = (column(&answer, "id"), column(&answer, "tenant_id"));
    assert!(ids[0].starts_with("grp_") && tenants[0].starts_with("tnt_"), "{}", answer.text);
    assert!(!ids[1].starts_with("grp_") && tenants[1] == south.id.to_string(), "{}", answer.text);
}
