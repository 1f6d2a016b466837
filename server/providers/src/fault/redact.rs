//! A provider's text without what no client may see: keys, the names of the operator's accounts, and what addresses carry in
//! their queries.

/// What stands where something was.
const HIDDEN: &str = "***";

/// How keys and account names of known providers begin.
const PREFIXES: &[&str] = &[
    "sk-", "sk_", "gsk_", "xai-", "csk-", "fw_", "hf_", "r8_", "tgp_", "pplx-", "nvapi-", "AIza",
    "AKIA", "ASIA", "eyJ", "org-", "org_", "proj_", "acct_", "wrkspc_",
];

/// How much stands behind such a beginning at least, which an ordinary word has not.
const N_BEHIND_MIN: usize = 8;

/// The text without secrets. `keys` are those that are known to be some, wherever they stand.
pub(crate) fn redact(text: &str, keys: &[&str]) -> String {
    let mut text = text.to_owned();
    for key in keys.iter().filter(|key| !key.is_empty()) {
        text = text.replace(key, HIDDEN);
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text.as_str();
    let mut is_behind_scheme = false;
    while !rest.is_empty() {
        let n_word = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
        let (word, behind) = rest.split_at_checked(n_word).unwrap_or((rest, ""));
        let n_between = behind.find(is_of_word).unwrap_or(behind.len());
        let (between, behind) = behind.split_at_checked(n_between).unwrap_or((behind, ""));
        // A full stop may be the sentence's.
        let bare = word.trim_end_matches('.');
        if is_secret(bare) || (is_behind_scheme && !bare.is_empty()) {
            shown.push_str(HIDDEN);
            shown.push_str(word.strip_prefix(bare).unwrap_or_default());
        } else {
            shown.push_str(word);
        }
        shown.push_str(between);
        is_behind_scheme = between == " " && matches!(word, "Bearer" | "bearer" | "Basic");
        rest = behind;
    }
    without_queries(&shown)
}

fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '*' | '.')
}

fn is_secret(word: &str) -> bool {
    let behind = |prefix: &&str| word.strip_prefix(*prefix).map(str::len);
    PREFIXES
        .iter()
        .filter_map(behind)
        .any(|n_behind| n_behind >= N_BEHIND_MIN)
}

/// Cuts what stands behind the `?` of an address.
fn without_queries(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, address)) = rest.split_once("://") {
        shown.push_str(before);
        shown.push_str("://");
        let n_address = address.find(ends_address).unwrap_or(address.len());
        let (address, behind) = address.split_at_checked(n_address).unwrap_or((address, ""));
        match address.split_once('?') {
            Some((place, _query)) => {
                shown.push_str(place);
                shown.push('?');
                shown.push_str(HIDDEN);
            }
            None => shown.push_str(address),
        }
        rest = behind;
    }
    shown.push_str(rest);
    shown
}

fn ends_address(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | ')' | ']' | '}' | ',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_client_may_see_is_hidden_and_the_rest_stays() {
        for (text, shown) in [
            (
                "Incorrect API key provided: sk-proj-********abcd. You can find it at https://platform.openai.com/account/api-keys.",
                "Incorrect API key provided: ***. You can find it at https://platform.openai.com/account/api-keys.",
            ),
            (
                "Rate limit reached for gpt-4o in organization org-AbCdEfGh1234567890 on requests per min (RPM): Limit 3.",
                "Rate limit reached for gpt-4o in organization *** on requests per min (RPM): Limit 3.",
            ),
            (
                "could not fetch https://files.example/a.png?X-Amz-Signature=0a1b&b=c, sorry",
                "could not fetch https://files.example/a.png?***, sorry",
            ),
            (
                "POST \"http://10.0.0.1/v1?key=abc\": 403 (see http://a.example/b)",
                "POST \"http://10.0.0.1/v1?***\": 403 (see http://a.example/b)",
            ),
            (
                "invalid header: Bearer abc.def",
                "invalid header: Bearer ***",
            ),
            (
                "the key of this test is wrong",
                "the key of this test is wrong",
            ),
            ("it was the-very-key!", "it was ***!"),
            (
                "messages.0.content: text content blocks must be non-empty",
                "messages.0.content: text content blocks must be non-empty",
            ),
            ("use sk-learn, 質問?", "use sk-learn, 質問?"),
            ("is this ok? yes://", "is this ok? yes://"),
            ("", ""),
        ] {
            assert_eq!(redact(text, &["the-very-key", ""]), shown);
        }
    }
}
