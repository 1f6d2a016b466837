//! From method and raw path to an operation and its labels.
#![cfg(test)]

use http::Method;
use proptest::prelude::*;
use rest_json::arbitrary as any_of;
use rest_json::binding::Target;
use rest_json::route::Segment::{Greedy, Label, Literal};
use rest_json::{Route, RouteError, Router};

const ROUTER: Router = Router::new(&[
    Route {
        method: "POST",
        segments: &[Literal("model"), Label("modelId"), Literal("converse")],
        query: &[],
        operation: "Converse",
    },
    Route {
        method: "GET",
        segments: &[Literal("things")],
        query: &[],
        operation: "ListThings",
    },
    Route {
        method: "GET",
        segments: &[Literal("things"), Label("id")],
        query: &[],
        operation: "GetThing",
    },
    Route {
        method: "GET",
        segments: &[Literal("things"), Literal("best")],
        query: &[],
        operation: "GetBest",
    },
    Route {
        method: "DELETE",
        segments: &[Literal("things"), Literal("best")],
        query: &[],
        operation: "DropBest",
    },
    Route {
        method: "GET",
        segments: &[Literal("things"), Label("id")],
        query: &[("acl", None)],
        operation: "GetAcl",
    },
    Route {
        method: "GET",
        segments: &[Literal("things"), Label("id")],
        query: &[("acl", Some("x y"))],
        operation: "GetAclXy",
    },
    Route {
        method: "PUT",
        segments: &[
            Literal("b"),
            Label("bucket"),
            Greedy("key"),
            Literal("tags"),
        ],
        query: &[],
        operation: "PutTags",
    },
    Route {
        method: "PUT",
        segments: &[Literal("b"), Label("bucket"), Greedy("key")],
        query: &[],
        operation: "Put",
    },
    Route {
        method: "GET",
        segments: &[Literal("ReDosLiteral"), Label("str"), Literal("(a+)+")],
        query: &[],
        operation: "Regex",
    },
    Route {
        method: "GET",
        segments: &[],
        query: &[],
        operation: "Root",
    },
]);

fn check(method: &Method, target: &str, operation: &str, labels: &[(&str, &str)]) {
    let (index, found) = ROUTER
        .match_route(method, target)
        .unwrap_or_else(|error| panic!("{target}: {error}"));
    assert_eq!(ROUTER.routes()[index].operation, operation, "{target}");
    assert_eq!(found.iter().collect::<Vec<_>>(), labels, "{target}");
}

fn check_refused(method: &Method, target: &str, error: RouteError) {
    assert_eq!(
        ROUTER.match_route(method, target).unwrap_err(),
        error,
        "{target}"
    );
}

#[test]
fn a_label_is_decoded_once_after_the_path_is_split() {
    let converse = |id: &str, decoded: &str| {
        check(
            &Method::POST,
            &format!("/model/{id}/converse"),
            "Converse",
            &[("modelId", decoded)],
        );
    };
    converse("us.x-v1:0", "us.x-v1:0");
    converse("us.x-v1%3A0", "us.x-v1:0");
    converse("openai%2Fgpt-4o", "openai/gpt-4o");
    converse("a%252Fb", "a%2Fb");
    converse(
        "arn%3aaws%3Abedrock%3A%3A%3Afoundation-model%2Fx",
        "arn:aws:bedrock:::foundation-model/x",
    );
    converse("..%2F..", "../..");
    converse("%20%C3%A9+", " é+");
}

#[test]
fn empty_segments_are_passed_over() {
    check(
        &Method::POST,
        "//model//x///converse/",
        "Converse",
        &[("modelId", "x")],
    );
    check(&Method::GET, "things", "ListThings", &[]);
    check(&Method::GET, "/", "Root", &[]);
    check(&Method::GET, "", "Root", &[]);
    check(&Method::GET, "/?x=/things", "Root", &[]);
}

#[test]
fn dot_segments_empty_labels_and_broken_escapes_are_refused() {
    for id in ["..", ".", "%2e%2E", "%2E", "%", "%f", "%ff", ""] {
        check_refused(
            &Method::POST,
            &format!("/model/{id}/converse"),
            RouteError::BadLabel,
        );
    }
    check_refused(&Method::PUT, "/b/x/a/../tags", RouteError::BadLabel);
    check_refused(&Method::POST, "/model//converse/", RouteError::BadLabel);
    check_refused(&Method::PUT, "/b/x/", RouteError::BadLabel);
}

#[test]
fn paths_and_methods_that_no_operation_has_are_told_apart() {
    check_refused(&Method::POST, "/rerank", RouteError::UnknownPath);
    check_refused(
        &Method::POST,
        "/model/x/converse/more",
        RouteError::UnknownPath,
    );
    check_refused(&Method::POST, "/Model/x/converse", RouteError::UnknownPath);
    check_refused(&Method::GET, "/model/x/converse", RouteError::WrongMethod);
    check_refused(&Method::POST, "/things//", RouteError::WrongMethod);
    check_refused(&Method::PUT, "/b/x", RouteError::UnknownPath);
}

#[test]
fn the_most_specific_route_wins() {
    check(&Method::GET, "/things/best", "GetBest", &[]);
    check(&Method::DELETE, "/things/best", "DropBest", &[]);
    check(
        &Method::GET,
        "/things/other",
        "GetThing",
        &[("id", "other")],
    );
    check(
        &Method::GET,
        "/things/other?acl",
        "GetAcl",
        &[("id", "other")],
    );
    check(
        &Method::GET,
        "/things/other?b&acl=1",
        "GetAcl",
        &[("id", "other")],
    );
    check(
        &Method::GET,
        "/things/other?acl=x%20y",
        "GetAclXy",
        &[("id", "other")],
    );
}

#[test]
fn greedy_labels_take_all_but_what_follows() {
    check(
        &Method::PUT,
        "/b/x/k",
        "Put",
        &[("bucket", "x"), ("key", "k")],
    );
    check(
        &Method::PUT,
        "/b/x/k/l%2Fm//n",
        "Put",
        &[("bucket", "x"), ("key", "k/l/m/n")],
    );
    check(
        &Method::PUT,
        "/b/x/k/l/tags",
        "PutTags",
        &[("bucket", "x"), ("key", "k/l")],
    );
    check(
        &Method::PUT,
        "/b/x/tags",
        "Put",
        &[("bucket", "x"), ("key", "tags")],
    );
}

#[test]
fn literals_may_look_like_regular_expressions_and_may_be_encoded() {
    check(
        &Method::GET,
        "/ReDosLiteral/abc/(a+)+",
        "Regex",
        &[("str", "abc")],
    );
    check(
        &Method::GET,
        "/ReDosLiteral/abc/%28a%2B%29%2B",
        "Regex",
        &[("str", "abc")],
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn labels_that_are_written_come_back(id in any_of::label_string(), key in any_of::greedy_label_string()) {
        let mut target = Target::new();
        target.literal("/model/");
        target.label("modelId", &Some(id.clone())).unwrap();
        target.literal("/converse");
        check(&Method::POST, &target.finish(), "Converse", &[("modelId", &id)]);

        let mut target = Target::new();
        target.literal("/b/");
        target.label("bucket", &Some(id.clone())).unwrap();
        target.literal("/");
        target.greedy_label("key", &Some(key.clone())).unwrap();
        target.literal("/tags");
        check(&Method::PUT, &target.finish(), "PutTags", &[("bucket", &id), ("key", &key)]);
    }

    #[test]
    fn any_target_is_routed_without_panic(target in any::<String>(), pieces in prop::collection::vec("[/.%a-c2?=&]{0,3}", 0..8)) {
        let _either = ROUTER.match_route(&Method::GET, &target);
        let _either = ROUTER.match_route(&Method::PUT, &format!("/b/{}", pieces.join("/")));
    }
}
