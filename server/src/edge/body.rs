//! Reading a request's body, never more than the limit, and throwing one away.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::timeout;

/// What is set aside at most on the word of a Content-Length; more comes as the bytes do.
const TRUST_BYTES: u64 = 1 << 20;

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// It is larger than the limit, by its own word or by count.
    TooLarge,
    /// The client broke off.
    Broken,
}

/// The whole body. One that came in one piece is not copied.
pub(super) async fn read(body: &mut Incoming, limit_bytes: u64) -> Result<Bytes, Unread> {
    let announced = body.size_hint().lower();
    if announced > limit_bytes {
        return Err(Unread::TooLarge);
    }
    let mut left = limit_bytes;
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    while let Some(piece) = next_piece(body).await? {
        left = u64::try_from(piece.len())
            .ok()
            .and_then(|n_bytes| left.checked_sub(n_bytes))
            .ok_or(Unread::TooLarge)?;
        if first.is_empty() {
            first = piece;
            continue;
        }
        if all.is_empty() {
            all.reserve(
                usize::try_from(announced.min(TRUST_BYTES))
                    .unwrap_or(0)
                    .max(first.len()),
            );
            all.extend_from_slice(&first);
        }
        all.extend_from_slice(&piece);
    }
    Ok(if all.is_empty() { first } else { all.freeze() })
}

/// Reads a body and keeps nothing of it, no longer and no more than said. Says whether it came to its end.
pub(super) async fn discard(mut body: Incoming, limit_bytes: u64, within: Duration) -> bool {
    let discarding = async {
        let mut left = limit_bytes;
        while let Some(piece) = next_piece(&mut body).await? {
            left = left.saturating_sub(u64::try_from(piece.len()).unwrap_or(u64::MAX));
            if left == 0 {
                return Err(Unread::TooLarge);
            }
        }
        Ok(())
    };
    matches!(timeout(within, discarding).await, Ok(Ok(())))
}

/// The next bytes of a body that are not empty; trailers mean nothing to any operation.
async fn next_piece(body: &mut Incoming) -> Result<Option<Bytes>, Unread> {
    while let Some(frame) = body.frame().await {
        match frame.map_err(|_| Unread::Broken)?.into_data() {
            Ok(piece) if !piece.is_empty() => return Ok(Some(piece)),
            Ok(_) | Err(_) => {}
        }
    }
    Ok(None)
}
