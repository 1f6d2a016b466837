//! From a method and a raw path to an operation and its labels.

use http::Method;

use crate::binding::{Query, decode_percent};

/// The routes of one service, in the order of its operations.
#[derive(Clone, Copy, Debug)]
pub struct Router {
    routes: &'static [Route],
}

/// The HTTP binding of one operation.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// The method.
    pub method: &'static str,
    /// The pattern of the path.
    pub segments: &'static [Segment],
    /// The constants of the pattern's query, with their values where they have one.
    pub query: &'static [(&'static str, Option<&'static str>)],
    /// The operation's name.
    pub operation: &'static str,
}

/// One segment of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Text that stands there as it is.
    Literal(&'static str),
    /// `{name}`: one segment.
    Label(&'static str),
    /// `{name+}`: one segment or more.
    Greedy(&'static str),
}

/// The labels of one path by their names, each decoded once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels(Vec<(&'static str, String)>);

impl Labels {
    /// The value of the label `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The labels in the order of the path.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }
}

impl FromIterator<(&'static str, String)> for Labels {
    fn from_iter<I: IntoIterator<Item = (&'static str, String)>>(labels: I) -> Self {
        Self(labels.into_iter().collect())
    }
}

/// Why no operation is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteError {
    /// No pattern has this path.
    UnknownPath,
    /// A pattern has this path, for another method.
    WrongMethod,
    /// A dot segment, an empty label, a broken escape, or bytes that are not UTF-8.
    BadLabel,
}

impl std::fmt::Display for RouteError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::UnknownPath => "no operation has this path",
            Self::WrongMethod => "no operation has this path and method",
            Self::BadLabel => "a label of the path is not valid",
        })
    }
}

impl std::error::Error for RouteError {}

impl Router {
    /// A router over a table.
    pub const fn new(routes: &'static [Route]) -> Self {
        Self { routes }
    }

    /// The table.
    pub const fn routes(&self) -> &'static [Route] {
        self.routes
    }

    /// The index of the most specific route, and the labels of the path.
    ///
    /// The raw path is split before anything is decoded, so an encoded slash stays inside its label; empty segments
    /// are passed over, because clients whose endpoint ends in a slash send `//model`; dot segments are refused and
    /// never resolved, since `/model/../converse` would otherwise mean another operation.
    pub fn match_route(
        &self,
        method: &Method,
        raw_path_and_query: &str,
    ) -> Result<(usize, Labels), RouteError> {
        let path = raw_path_and_query
            .split_once('?')
            .map_or(raw_path_and_query, |(path, _)| path);
        let segments: Vec<&str> = path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .collect();
        let query = Query::of_target(raw_path_and_query);
        let fits = |route: &Route| fits(route.segments, &segments) && has_literals(route, &query);
        let all = || {
            self.routes
                .iter()
                .enumerate()
                .filter(|(_, route)| fits(route))
        };
        let best = all()
            .filter(|(_, route)| route.method == method.as_str())
            .max_by(|(_, one), (_, other)| specificity(one).cmp(&specificity(other)));
        match best {
            Some((index, route)) => Ok((index, labels(route.segments, &segments)?)),
            None if all().next().is_some() => Err(RouteError::WrongMethod),
            None if self.has_empty_label(path) => Err(RouteError::BadLabel),
            None => Err(RouteError::UnknownPath),
        }
    }

    /// Whether the path fits a pattern once its empty segments count, but for leading ones and perhaps trailing ones.
    fn has_empty_label(&self, path: &str) -> bool {
        let path = path.trim_start_matches('/');
        [path, path.trim_end_matches('/')].into_iter().any(|path| {
            let segments: Vec<&str> = path.split('/').collect();
            segments.contains(&"")
                && self
                    .routes
                    .iter()
                    .any(|route| fits(route.segments, &segments))
        })
    }
}

fn fits(pattern: &[Segment], segments: &[&str]) -> bool {
    match pattern.split_first() {
        None => segments.is_empty(),
        Some((Segment::Greedy(_), rest)) => {
            // Smithy allows one greedy label, so what follows it has a fixed number of segments.
            let at = segments.len().checked_sub(rest.len()).filter(|at| *at > 0);
            at.and_then(|at| segments.get(at..))
                .is_some_and(|tail| fits(rest, tail))
        }
        Some((segment, rest)) => segments.split_first().is_some_and(|(first, tail)| {
            let same = match segment {
                Segment::Literal(text) => is_literal(text, first),
                Segment::Label(_) | Segment::Greedy(_) => true,
            };
            same && fits(rest, tail)
        }),
    }
}

fn is_literal(literal: &str, raw: &str) -> bool {
    raw == literal || decode_percent(raw).as_deref() == Some(literal)
}

fn has_literals(route: &Route, query: &Query<'_>) -> bool {
    route.query.iter().all(|(name, value)| {
        query
            .pairs()
            .any(|(known, text)| known == *name && value.is_none_or(|value| value == text))
    })
}

/// Compared as Smithy's "specificity routing" has it: literals before labels before greedy labels, from the left.
fn specificity(route: &Route) -> (Vec<u8>, usize) {
    let rank = |segment: &Segment| match segment {
        Segment::Literal(_) => 2,
        Segment::Label(_) => 1,
        Segment::Greedy(_) => 0,
    };
    (route.segments.iter().map(rank).collect(), route.query.len())
}

fn labels(pattern: &[Segment], segments: &[&str]) -> Result<Labels, RouteError> {
    let decoded = |raw: &&str| {
        let text = decode_percent(raw).filter(|text| !matches!(&**text, "" | "." | ".."));
        text.map(std::borrow::Cow::into_owned)
            .ok_or(RouteError::BadLabel)
    };
    let mut found = Vec::new();
    let mut rest = segments;
    for (at, segment) in pattern.iter().enumerate() {
        let behind = pattern.len() - at - 1;
        let taken = match segment {
            Segment::Literal(_) | Segment::Label(_) => 1,
            Segment::Greedy(_) => rest.len().saturating_sub(behind),
        };
        let (here, tail) = rest
            .split_at_checked(taken)
            .ok_or(RouteError::UnknownPath)?;
        rest = tail;
        match segment {
            Segment::Literal(_) => {}
            Segment::Label(name) | Segment::Greedy(name) => {
                let parts = here.iter().map(decoded).collect::<Result<Vec<_>, _>>()?;
                found.push((*name, parts.join("/")));
            }
        }
    }
    Ok(Labels(found))
}
