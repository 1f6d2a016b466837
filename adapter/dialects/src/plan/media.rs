//! Images, videos and sounds.

use llm::Ext;
use llm::chat::{Audio, Format, Image, Role, Src, Video};

use super::path::Path;
use super::{Leaf, Planner};

/// An image, which stays as it is or is left out.
pub(super) fn image(
    planner: &mut Planner<'_>,
    role: &Role,
    mut image: Image,
    at: &Path<'_>,
) -> Option<Image> {
    let Image {
        format,
        source,
        error,
        ext,
    } = &mut image;
    if *role == Role::Assistant && !planner.keeps(Leaf::ImageOfAssistant, at) {
        return None;
    }
    if error.is_some() && !planner.keeps(Leaf::ImageError, &at.member("error")) {
        return None;
    }
    if !image_source(planner, format, source, at) {
        return None;
    }
    failed(planner, error, at);
    planner.members(ext, at);
    Some(image)
}

/// Whether an image stays, by where its bytes are and what they are.
fn image_source(
    planner: &mut Planner<'_>,
    format: &mut Format,
    source: &mut Src,
    at: &Path<'_>,
) -> bool {
    let from = at.member("source");
    match source {
        Src::Bytes(_) => match format.as_str() {
            "png" | "jpeg" | "gif" | "webp" => planner.keeps(Leaf::ImageBytes, at),
            _ => planner.keeps(Leaf::ImageOtherFormat, at),
        },
        Src::Url(_) => {
            // Nobody knows the format before the image is fetched, whatever was said.
            *format = Format("".into());
            planner.keeps(Leaf::ImageUrl, at)
        }
        Src::Object { .. } => {
            planner.keeps(Leaf::ImageObject, &from.member("s3Location")) && {
                object(planner, source, &from);
                true
            }
        }
        Src::Unknown { member, raw: _ } => {
            planner.keeps(Leaf::ImageUnknownSource, &from.member(member))
        }
    }
}

/// A video, which stays as it is or is left out.
pub(super) fn video(planner: &mut Planner<'_>, mut video: Video, at: &Path<'_>) -> Option<Video> {
    let Video {
        format: _,
        source,
        ext,
    } = &mut video;
    if !planner.keeps(Leaf::Video, at) {
        return None;
    }
    object(planner, source, &at.member("source"));
    planner.members(ext, at);
    Some(video)
}

/// A sound, which stays as it is or is left out.
pub(super) fn audio(
    planner: &mut Planner<'_>,
    role: &Role,
    mut audio: Audio,
    at: &Path<'_>,
) -> Option<Audio> {
    let Audio {
        format,
        source,
        error,
        ext,
    } = &mut audio;
    let is_here = matches!(source, Src::Bytes(_)) && matches!(format.as_str(), "wav" | "mp3");
    let leaf = if is_here && error.is_none() && *role != Role::Assistant {
        Leaf::AudioCommon
    } else {
        Leaf::AudioOther
    };
    if !planner.keeps(leaf, at) {
        return None;
    }
    object(planner, source, &at.member("source"));
    failed(planner, error, at);
    planner.members(ext, at);
    Some(audio)
}

/// The members of a source that stays.
pub(super) fn object(planner: &mut Planner<'_>, source: &mut Src, at: &Path<'_>) {
    match source {
        Src::Object {
            uri: _,
            owner: _,
            ext,
        } => planner.members(ext, &at.member("s3Location")),
        Src::Bytes(_) | Src::Url(_) | Src::Unknown { .. } => {}
    }
}

/// The members of the error of media that the model failed to make.
fn failed(planner: &mut Planner<'_>, error: &mut Option<(Option<String>, Ext)>, at: &Path<'_>) {
    if let Some((_, ext)) = error {
        planner.members(ext, &at.member("error"));
    }
}
