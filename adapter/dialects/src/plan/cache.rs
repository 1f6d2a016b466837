//! Cache points: where a target has a place for one, how many it takes, and which may last long.

use llm::chat::CachePoint;

use super::Planner;
use super::system::Item;
use super::tools::Offered;
use super::turns::{Piece, Turn};

/// Something in a list in which cache points may stand.
pub(super) trait Marked {
    /// The cache point that it is.
    fn point(&mut self) -> Option<&mut CachePoint>;
    /// Whether it can be marked as the end of a cacheable prefix.
    fn takes_mark(&self) -> bool;
    /// Where it stood, as a cache point.
    fn path(&self) -> String;
}

/// What a point says where it does not last long.
const SHORT: &str = "5m";
/// What a point says where it lasts long.
const LONG: &str = "1h";

/// Finds each point of the messages a block to stand behind: the nearest before it that takes one, in its message or before.
///
/// Points that are counted do so too, since a message must not consist of what may be left out.
pub(super) fn settle_turns(planner: &mut Planner<'_>, turns: &mut Vec<Turn>) {
    let are_counted = planner.target.limits().cache_points.is_some();
    if !are_counted && !planner.target.shape().marks_cache {
        return;
    }
    let mut settled: Vec<Turn> = Vec::with_capacity(turns.len());
    for mut turn in std::mem::take(turns) {
        for piece in std::mem::take(&mut turn.pieces) {
            if !piece.is_point() {
                turn.pieces.push(piece);
                continue;
            }
            let before = settled.iter_mut().map(|turn| &mut turn.pieces);
            let lists = before.chain([&mut turn.pieces]);
            place(planner, lists.rev(), piece);
        }
        if !turn.pieces.is_empty() {
            settled.push(turn);
        }
    }
    *turns = settled;
}

/// Finds each point of a list something to stand behind.
fn settle<T: Marked>(planner: &mut Planner<'_>, list: &mut Vec<T>) {
    let mut settled = Vec::with_capacity(list.len());
    for mut item in std::mem::take(list) {
        if item.point().is_some() {
            place(planner, [&mut settled], item);
        } else {
            settled.push(item);
        }
    }
    *list = settled;
}

/// Puts a point behind the last thing that takes one; `lists` are what stands before it, the nearest first.
fn place<'l, T: Marked + 'l>(
    planner: &mut Planner<'_>,
    lists: impl IntoIterator<Item = &'l mut Vec<T>>,
    mut point: T,
) {
    for list in lists {
        let Some(at) = list
            .iter_mut()
            .rposition(|item| item.takes_mark() || item.point().is_some())
        else {
            continue;
        };
        let marked = list.get_mut(at).and_then(T::point);
        match (marked, point.point()) {
            (None, _) => list.insert(at.saturating_add(1), point),
            (Some(marked), Some(point_of)) if marked.ttl == point_of.ttl => {}
            (Some(_), _) => {
                planner.warn(point.path(), "dropped", "another stands at the same place");
            }
        }
        return;
    }
    planner.warn(point.path(), "dropped", "nothing stands before it");
}

/// Holds the points of a request to what the target takes.
pub(super) fn points(
    planner: &mut Planner<'_>,
    tools: &mut Vec<Offered>,
    system: &mut Vec<Item>,
    turns: &mut [Turn],
) {
    let marks_cache = planner.target.shape().marks_cache;
    if marks_cache {
        settle(planner, tools);
        settle(planner, system);
    }
    if let Some(n_points) = planner.target.limits().cache_points {
        let why = format!("more than {n_points} cache points");
        let mut room = Room {
            left: n_points,
            why: &why,
        };
        room.hold(planner, tools);
        room.hold(planner, system);
        for turn in turns.iter_mut().rev() {
            room.hold(planner, &mut turn.pieces);
        }
    }
    if marks_cache {
        let mut is_short = false;
        tools
            .iter_mut()
            .for_each(|item| shorten(planner, item, &mut is_short));
        system
            .iter_mut()
            .for_each(|item| shorten(planner, item, &mut is_short));
        turns
            .iter_mut()
            .flat_map(|turn| &mut turn.pieces)
            .for_each(|item: &mut Piece| shorten(planner, item, &mut is_short));
    }
}

/// How many points there is still room for.
#[derive(Debug)]
struct Room<'r> {
    left: usize,
    why: &'r str,
}

impl Room<'_> {
    /// Keeps the last points of a list, since each stands for all before it.
    fn hold<T: Marked>(&mut self, planner: &mut Planner<'_>, list: &mut Vec<T>) {
        for mut item in std::mem::take(list).into_iter().rev() {
            if item.point().is_none() {
                list.push(item);
            } else if let Some(left) = self.left.checked_sub(1) {
                self.left = left;
                list.push(item);
            } else {
                planner.warn(item.path(), "dropped", self.why);
            }
        }
        list.reverse();
    }
}

/// Anthropic's API refuses a point of an hour behind one of five minutes, over `tools`, `system` and `messages` in that order:
/// "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block".
fn shorten<T: Marked>(planner: &mut Planner<'_>, item: &mut T, is_short: &mut bool) {
    let Some(point) = item.point() else {
        return;
    };
    if point.ttl.as_deref() != Some(LONG) {
        *is_short = true;
    } else if *is_short {
        point.ttl = Some(SHORT.to_owned());
        planner.warn(
            format!("{}.ttl", item.path()),
            "approximated",
            "one that lasts less stands before it",
        );
    }
}
