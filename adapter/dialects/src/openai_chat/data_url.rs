//! Data URLs, and the media types of the formats that the neutral form names.

use rest_json::{Blob, Bytes};

/// The media type of a data URL, in lower case, and its bytes; none where it is not base64 or has parameters, which would be lost.
pub(super) fn decode_data_url(url: &str) -> Option<(String, Bytes)> {
    let (head, data) = url.strip_prefix("data:")?.split_once(',')?;
    let media_type = head.strip_suffix(";base64")?;
    if media_type.contains(';') {
        return None;
    }
    let blob = Blob::from_base64(data).ok()?;
    Some((media_type.to_ascii_lowercase(), blob.bytes().clone()))
}

/// The data URL of bytes.
pub(super) fn encode_data_url(media_type: &str, bytes: &Bytes) -> String {
    let data = Blob::from_bytes(bytes.clone()).to_base64();
    format!("data:{media_type};base64,{data}")
}

/// The format of an image of that media type.
pub(super) fn decode_image_type(media_type: &str) -> Option<&str> {
    match media_type.strip_prefix("image/")? {
        // Not registered, and what many clients say.
        "jpg" => Some("jpeg"),
        "" => None,
        format => Some(format),
    }
}

/// The documents that have both a format and a media type.
const DOCUMENTS: [(&str, &str); 9] = [
    ("pdf", "application/pdf"),
    ("txt", "text/plain"),
    ("csv", "text/csv"),
    ("md", "text/markdown"),
    ("html", "text/html"),
    ("doc", "application/msword"),
    (
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    ("xls", "application/vnd.ms-excel"),
    (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
];

/// The format of a document of that media type.
pub(super) fn decode_document_type(media_type: &str) -> Option<&'static str> {
    let found = DOCUMENTS.iter().find(|(_, known)| *known == media_type);
    found.map(|(format, _)| *format)
}

/// The media type of a document of that format.
pub(super) fn encode_document_type(format: Option<&str>) -> &'static str {
    let found = DOCUMENTS.iter().find(|(known, _)| Some(*known) == format);
    found.map_or("application/octet-stream", |(_, media_type)| media_type)
}
