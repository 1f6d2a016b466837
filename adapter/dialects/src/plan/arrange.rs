//! The order of a conversation, as a target wants it. Moves lose nothing, so nothing is said about them.
//!
//! A cache point goes where the block goes that it stands behind.

use std::collections::HashMap;

use llm::Ext;
use llm::chat::Role;

use super::turns::{Piece, Turn};
use super::{Act, Leaf, Planner, Shape};

/// Leaves out text without a word in it where the same speaker says something else before another speaks.
pub(super) fn blanks(planner: &mut Planner<'_>, turns: &mut Vec<Turn>) {
    for run in turns.chunk_by_mut(|one, other| is_assistants(one) == is_assistants(other)) {
        for is_operators in [false, true] {
            let mut same: Vec<&mut Turn> = run
                .iter_mut()
                .filter(|turn| (turn.role == Role::System) == is_operators)
                .collect();
            let says_more = same
                .iter()
                .flat_map(|turn| &turn.pieces)
                .any(|piece| !piece.is_blank() && !piece.is_point());
            for turn in same.iter_mut().filter(|_| says_more) {
                turn.pieces.retain(|piece| {
                    !piece.is_blank()
                        || planner.act(Leaf::BlankText, || piece.path("text")) != Act::Leave
                });
            }
        }
    }
    turns.retain(|turn| !turn.pieces.is_empty());
}

/// Puts results of tools right behind their calls and in the order of these, and behind all of them what was part of them.
pub(super) fn results(shape: Shape, turns: &mut Vec<Turn>) {
    let mut calls: HashMap<String, usize> = HashMap::new();
    let mut answer: Vec<Turn> = Vec::new();
    for turn in std::mem::take(turns) {
        if !is_assistants(&turn) {
            answer.push(turn);
            continue;
        }
        if !answer.is_empty() {
            turns.extend(answered(shape, &calls, std::mem::take(&mut answer)));
            calls.clear();
        }
        for piece in turn.pieces.iter() {
            if let Some(id) = call_id(piece) {
                let at = calls.len();
                calls.entry(id.to_owned()).or_insert(at);
            }
        }
        turns.push(turn);
    }
    turns.extend(answered(shape, &calls, answer));
}

/// What follows the calls and comes before the assistant speaks again.
fn answered(shape: Shape, calls: &HashMap<String, usize>, mut answer: Vec<Turn>) -> Vec<Turn> {
    if !shape.results_first && !shape.results_apart {
        answer.iter_mut().for_each(behind_results);
        return answer;
    }
    let mut results: Vec<Vec<Piece>> = Vec::new();
    for turn in &mut answer {
        let (of_tools, others): (Vec<_>, Vec<_>) = groups(std::mem::take(&mut turn.pieces))
            .into_iter()
            .partition(|group| group.first().is_some_and(is_result));
        results.extend(of_tools);
        turn.pieces = others.into_iter().flatten().collect();
    }
    results.sort_by_key(|group| {
        let id = group.first().and_then(result_id);
        id.and_then(|id| calls.get(id))
            .copied()
            .unwrap_or(usize::MAX)
    });
    let mut results: Vec<Piece> = results.into_iter().flatten().collect();
    let Some(first) = results.first() else {
        return answer;
    };
    let at = first.at.0;
    let moved = taken(&mut results);
    let mut answer = answer.into_iter().peekable();
    // The operator may have spoken before the results came.
    let mut host = answer
        .next_if(|turn| turn.role != Role::System)
        .unwrap_or_else(|| Turn::new(at, Role::User, Vec::new()));
    let rest = std::mem::replace(&mut host.pieces, results);
    let rest: Vec<Piece> = moved.into_iter().chain(rest).collect();
    let mut others: Vec<Turn> = Vec::new();
    for turn in answer {
        if turn.pieces.is_empty() {
            join(&mut host.ext, turn.ext);
        } else {
            others.push(turn);
        }
    }
    let apart = if shape.results_apart {
        (!rest.is_empty()).then(|| Turn::new(host.at, host.role.clone(), rest))
    } else {
        host.pieces.extend(rest);
        None
    };
    [host].into_iter().chain(apart).chain(others).collect()
}

/// Puts what was part of results behind the last of them.
fn behind_results(turn: &mut Turn) {
    let moved = taken(&mut turn.pieces);
    let mut groups = groups(std::mem::take(&mut turn.pieces));
    let n_before = groups
        .iter()
        .rposition(|group| group.first().is_some_and(is_result))
        .map_or(0, |at| at.saturating_add(1));
    groups.insert(n_before, moved);
    turn.pieces = groups.into_iter().flatten().collect();
}

/// Takes out what was part of results.
fn taken(pieces: &mut [Piece]) -> Vec<Piece> {
    let mut taken = Vec::new();
    for piece in pieces {
        let at = piece.at;
        let blocks = std::mem::take(&mut piece.moved).into_iter();
        taken.extend(blocks.map(|block| Piece::new(at, block)));
    }
    taken
}

/// Makes one message of those that the target wants to be one.
pub(super) fn merge(shape: Shape, turns: &mut Vec<Turn>) {
    for turn in std::mem::take(turns) {
        match turns.last_mut() {
            Some(last) if are_one(shape, last, &turn) => {
                last.pieces.extend(turn.pieces);
                join(&mut last.ext, turn.ext);
            }
            Some(_) | None => turns.push(turn),
        }
    }
}

fn are_one(shape: Shape, last: &Turn, turn: &Turn) -> bool {
    if last.role != turn.role {
        return false;
    }
    // Results that are messages of their own follow the message of the calls, so nothing may stand between.
    let splits_calls =
        is_assistants(last) && last.pieces.iter().any(|piece| call_id(piece).is_some());
    let is_apart = last.pieces.iter().any(is_result) != turn.pieces.iter().any(is_result);
    if shape.results_apart {
        splits_calls || (shape.merges_turns && !is_apart)
    } else {
        shape.merges_turns
    }
}

/// Puts calls behind everything else that the assistant says in that turn.
pub(super) fn calls(shape: Shape, turns: &mut [Turn]) {
    for turn in turns
        .iter_mut()
        .filter(|turn| shape.calls_last && is_assistants(turn))
    {
        let mut groups = groups(std::mem::take(&mut turn.pieces));
        groups.sort_by_key(|group| group.first().is_some_and(|piece| call_id(piece).is_some()));
        turn.pieces = groups.into_iter().flatten().collect();
    }
}

/// The members of both; the first of a name counts.
fn join(ext: &mut Ext, other: Ext) {
    for (name, value) in other.0 {
        if ext.get(&name).is_none() {
            ext.0.push((name, value));
        }
    }
}

/// Each block with the cache points behind it; those that stand before all blocks are a group of their own.
fn groups(pieces: Vec<Piece>) -> Vec<Vec<Piece>> {
    let mut groups: Vec<Vec<Piece>> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match groups.last_mut() {
            Some(group) if piece.is_point() => group.push(piece),
            Some(_) | None => groups.push(vec![piece]),
        }
    }
    groups
}

fn is_assistants(turn: &Turn) -> bool {
    turn.role == Role::Assistant
}

fn is_result(piece: &Piece) -> bool {
    result_id(piece).is_some()
}

/// The id of the call that the caller answers.
fn call_id(piece: &Piece) -> Option<&str> {
    piece.call().map(|call| &*call.id)
}

/// The id of the call that a result answers.
fn result_id(piece: &Piece) -> Option<&str> {
    piece.block.tool_result().map(|result| &*result.id)
}
