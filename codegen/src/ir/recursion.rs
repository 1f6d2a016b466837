//! Structures and unions that would hold themselves are boxed where they do.

use std::collections::{BTreeMap, BTreeSet};

use super::{ErrorShape, EventKind, Named, Reference, Slot, Type};

type Graph = BTreeMap<String, BTreeSet<String>>;

/// Boxes every direct reference that leads back to where it stands. Lists and maps are on the heap already.
pub(super) fn box_cycles(types: &mut [Named], errors: &mut [ErrorShape]) {
    let mut graph = Graph::new();
    for named in &mut *types {
        let from = named.name().to_owned();
        let targets = graph.entry(from).or_default();
        references(named, &mut |reference| {
            targets.insert(key(reference));
        });
    }
    for error in &mut *errors {
        let targets = graph.entry(format!("error::{}", error.name)).or_default();
        for bound in &mut error.structure.members {
            reference_of(&mut bound.member.slot, &mut |reference| {
                targets.insert(key(reference));
            });
        }
    }
    for named in types {
        let from = named.name().to_owned();
        references(named, &mut |reference| {
            reference.boxed = reaches(&graph, &key(reference), &from)
        });
    }
    for error in errors {
        let from = format!("error::{}", error.name);
        for bound in &mut error.structure.members {
            reference_of(&mut bound.member.slot, &mut |reference| {
                reference.boxed = reaches(&graph, &key(reference), &from)
            });
        }
    }
}

fn key(reference: &Reference) -> String {
    if reference.error {
        format!("error::{}", reference.name)
    } else {
        reference.name.clone()
    }
}

fn references(named: &mut Named, visit: &mut dyn FnMut(&mut Reference)) {
    match named {
        Named::Structure(shape) => shape
            .members
            .iter_mut()
            .for_each(|member| reference_of(&mut member.slot, visit)),
        Named::Union(shape) => shape
            .variants
            .iter_mut()
            .for_each(|variant| reference_of(&mut variant.slot, visit)),
        Named::Stream(shape) => {
            for event in &mut shape.events {
                match &mut event.kind {
                    EventKind::Event { reference, .. } => visit(reference),
                    EventKind::Exception(_) => {}
                }
            }
        }
        Named::Enum(_) => {}
    }
}

fn reference_of(slot: &mut Slot, visit: &mut dyn FnMut(&mut Reference)) {
    if let Type::Structure(reference) | Type::Union(reference) = &mut slot.ty {
        visit(reference);
    }
}

fn reaches(graph: &Graph, from: &str, to: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut waiting = vec![from];
    while let Some(name) = waiting.pop() {
        if name == to {
            return true;
        }
        if seen.insert(name) {
            waiting.extend(graph.get(name).into_iter().flatten().map(String::as_str));
        }
    }
    false
}
