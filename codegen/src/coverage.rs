//! What becomes of each operation and each member: the model joined with what the adapter says of it.
//!
//! The adapter's table is TOML: one table a module of the generated crate, one row an operation (`Name`) or a member
//! (`Shape$member`), whose value is `served`, `relayed`, `refused: REASON` or `ignored: REASON`. A served operation needs
//! a row for every member it reaches; those of the others go as they came, whatever they are.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use crate::{
    error::{Error, Result},
    ir::{EventKind, HttpStructure, Named, Operation, Service, Slot, Type},
};

/// One operation or member and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The module of the generated crate.
    pub service: String,
    /// `Name` or `Shape$member`.
    pub name: String,
    /// What becomes of it.
    pub status: Status,
    /// Why, where it is not served.
    pub reason: Option<String>,
}

/// What becomes of an operation or a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// There are types for it, and nobody has said more.
    Typed,
    /// It has its effect.
    Served,
    /// It goes to an upstream of the same interface as it came.
    Relayed,
    /// A request that has it is refused.
    Refused,
    /// It has no effect.
    Ignored,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Typed => "typed",
            Self::Served => "served",
            Self::Relayed => "relayed",
            Self::Refused => "refused",
            Self::Ignored => "ignored",
        })
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.service, self.name, self.status)?;
        match &self.reason {
            Some(reason) => write!(f, ": {reason}"),
            None => Ok(()),
        }
    }
}

/// The rows of all services. Without a table each is typed; with one, a missing or stale row is an error that names all.
pub fn rows(services: &[Service], table: Option<&str>) -> Result<Vec<Row>> {
    let Some(table) = table else {
        return Ok(services.iter().flat_map(typed).collect());
    };
    let mut said = parse(table)?;
    let mut rows = Vec::new();
    let mut faults = Vec::new();
    for service in services {
        let mut said = said.remove(&service.module).unwrap_or_default();
        let served: Vec<&Operation> = service
            .operations
            .iter()
            .filter(|operation| {
                said.get(&operation.name)
                    .is_some_and(|(status, _)| *status == Status::Served)
            })
            .collect();
        let operations = service
            .operations
            .iter()
            .map(|operation| operation.name.clone());
        for name in operations.chain(members(service, &served)) {
            match said.remove(&name) {
                Some((status, reason)) => rows.push(Row {
                    service: service.module.clone(),
                    name,
                    status,
                    reason,
                }),
                None => faults.push(format!("{} {name} has no row", service.module)),
            }
        }
        faults.extend(said.into_keys().map(|name| {
            format!(
                "{} {name} is not in the model, or not reached",
                service.module
            )
        }));
    }
    faults.extend(
        said.into_keys()
            .map(|name| format!("there is no service {name}")),
    );
    match faults.as_slice() {
        [] => Ok(rows),
        faults => Err(Error::mismatch(format!(
            "the table of coverage does not fit the model: {}",
            faults.join("; ")
        ))),
    }
}

/// The rows of a service of which nobody has said anything.
fn typed(service: &Service) -> Vec<Row> {
    let all: Vec<&Operation> = service.operations.iter().collect();
    let operations = all.iter().map(|operation| operation.name.clone());
    operations
        .chain(members(service, &all))
        .map(|name| Row {
            service: service.module.clone(),
            name,
            status: Status::Typed,
            reason: None,
        })
        .collect()
}

type Said = BTreeMap<String, (Status, Option<String>)>;

fn parse(table: &str) -> Result<BTreeMap<String, Said>> {
    let services: BTreeMap<String, BTreeMap<String, String>> = toml::from_str(table)
        .map_err(|error| Error::form("the table of coverage is no such TOML").because(error))?;
    let mut said = BTreeMap::new();
    for (service, rows) in services {
        let mut known = Said::new();
        for (name, text) in rows {
            let value = status(&text).ok_or_else(|| {
                Error::form(format!(
                    "`{text}` is not served, relayed, `refused: REASON` or `ignored: REASON`"
                ))
                .at(&name)
            })?;
            known.insert(name, value);
        }
        said.insert(service, known);
    }
    Ok(said)
}

fn status(text: &str) -> Option<(Status, Option<String>)> {
    let (status, reason) = match text.split_once(':') {
        Some((status, reason)) => (
            status,
            Some(reason.trim().to_owned()).filter(|reason| !reason.is_empty()),
        ),
        None => (text, None),
    };
    let status = match status {
        "served" => Status::Served,
        "relayed" => Status::Relayed,
        "refused" => Status::Refused,
        "ignored" => Status::Ignored,
        _ => return None,
    };
    let needs_reason = matches!(status, Status::Refused | Status::Ignored);
    (reason.is_some() || !needs_reason).then_some((status, reason))
}

/// The members these operations reach, sorted.
fn members(service: &Service, operations: &[&Operation]) -> BTreeSet<String> {
    let mut walk = Walk {
        service,
        seen: BTreeSet::new(),
        members: BTreeSet::new(),
    };
    for operation in operations {
        walk.http(&operation.input);
        walk.http(&operation.output);
        for stream in operation
            .input_stream
            .iter()
            .chain(&operation.output_stream)
        {
            walk.named(stream);
        }
    }
    walk.members
}

struct Walk<'a> {
    service: &'a Service,
    seen: BTreeSet<&'a str>,
    members: BTreeSet<String>,
}

impl<'a> Walk<'a> {
    fn http(&mut self, shape: &'a HttpStructure) {
        for bound in &shape.members {
            self.member(&shape.id, &bound.member.wire);
            self.slot(&bound.member.slot);
        }
    }

    fn named(&mut self, name: &'a str) {
        if !self.seen.insert(name) {
            return;
        }
        let Some(named) = self.service.types.iter().find(|named| named.name() == name) else {
            return;
        };
        match named {
            Named::Structure(shape) => {
                for member in &shape.members {
                    self.member(&shape.id, &member.wire);
                    self.slot(&member.slot);
                }
            }
            Named::Union(shape) => {
                for variant in &shape.variants {
                    self.member(&shape.id, &variant.wire);
                    self.slot(&variant.slot);
                }
            }
            Named::Stream(shape) => {
                for event in &shape.events {
                    self.member(&shape.id, &event.wire);
                    match &event.kind {
                        EventKind::Event { reference, .. } => self.named(&reference.name),
                        EventKind::Exception(_) => {}
                    }
                }
            }
            Named::Enum(_) => {}
        }
    }

    fn slot(&mut self, slot: &'a Slot) {
        match &slot.ty {
            Type::Structure(reference) | Type::Union(reference) => self.named(&reference.name),
            Type::List(list) => self.slot(&list.item),
            Type::Map(map) => self.slot(&map.value),
            Type::String
            | Type::Boolean
            | Type::Integer(_)
            | Type::Number
            | Type::Blob
            | Type::Bytes
            | Type::Document
            | Type::Timestamp(_)
            | Type::Enum(_) => {}
        }
    }

    fn member(&mut self, id: &str, member: &str) {
        let shape = id.rsplit_once('#').map_or(id, |(_, name)| name);
        self.members.insert(format!("{shape}${member}"));
    }
}
