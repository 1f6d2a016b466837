//! What an answer in a format of the model's own needs beside the reply.

/// Facts of one call that the format shows and the neutral form does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendering {
    /// The id of the call, of which the format's own ids are made; letters, digits and hyphens.
    pub id: String,
    /// The model as the caller named it.
    pub model: String,
    /// When the answer was made, in seconds since 1970.
    pub created_secs: u64,
    /// A guess at the input tokens, for formats that tell them before they are known.
    pub input_tokens_guess: i32,
}
