//! From the model's spelling to Rust's: fields, variants, types and files.
//! Every rule is total, so a name is legal Rust whatever the model says; two that fall together are the caller's error.

/// Names that an item of a generated module would shadow where the module itself uses them.
const SHADOWING: [&str; 20] = [
    "Box", "Clone", "Debug", "Default", "Drop", "Eq", "Err", "From", "Into", "None", "Ok",
    "Option", "Ord", "Result", "Self", "Send", "Some", "String", "Sync", "Vec",
];

/// Rust's keywords, strict, reserved and those of editions up to 2024.
const KEYWORDS: [&str; 48] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];

/// Keywords that cannot even be raw identifiers.
const NEVER: [&str; 4] = ["crate", "self", "super", "_"];

/// The words of a name: cut at everything that is no letter or digit, at `aB`, at `1B`, and before the last capital of `ABc`.
pub fn words(name: &str) -> Vec<String> {
    let characters: Vec<char> = name.chars().collect();
    let mut words = Vec::new();
    let mut word = String::new();
    for (index, &character) in characters.iter().enumerate() {
        let previous = index
            .checked_sub(1)
            .and_then(|before| characters.get(before))
            .copied();
        let next = characters.get(index + 1).copied();
        let boundary = character.is_ascii_uppercase()
            && previous.is_some_and(|previous| {
                previous.is_ascii_lowercase()
                    || previous.is_ascii_digit()
                    || (previous.is_ascii_uppercase()
                        && next.is_some_and(|next| next.is_ascii_lowercase()))
            });
        if (boundary || !character.is_ascii_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if character.is_ascii_alphanumeric() {
            word.push(character);
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// `modelId` as `model_id`, without care for keywords.
pub fn snake(name: &str) -> String {
    let name = words(name).join("_").to_ascii_lowercase();
    if name.starts_with(|first: char| first.is_ascii_digit()) || name.is_empty() {
        format!("_{name}")
    } else {
        name
    }
}

/// A field or method: snake case, raw where it is a keyword.
pub fn field(name: &str) -> String {
    raw(snake(name))
}

/// A module: like a field, but never `mod`, whose file would be `mod.rs`.
pub fn module(name: &str) -> String {
    match snake(name) {
        name if name == "mod" || name == "lib" || name == "main" => format!("{name}_"),
        name => raw(name),
    }
}

/// The name of a module's file, without its ending.
pub fn file(module: &str) -> &str {
    module.strip_prefix("r#").unwrap_or(module)
}

/// A type or the variant of a union: the model's spelling with a capital first letter.
pub fn pascal(name: &str) -> String {
    let joined: String = if name.contains(|character: char| !character.is_ascii_alphanumeric()) {
        words(name).iter().map(|word| capital(word)).collect()
    } else {
        capital(name)
    };
    legal(joined)
}

/// The variant of an enum: `LUNCH_BREAK` as `LunchBreak`.
pub fn variant(name: &str) -> String {
    legal(
        words(name)
            .iter()
            .map(|word| capital(&word.to_ascii_lowercase()))
            .collect(),
    )
}

fn capital(word: &str) -> String {
    let mut characters = word.chars();
    match characters.next() {
        Some(first) => first.to_ascii_uppercase().to_string() + characters.as_str(),
        None => String::new(),
    }
}

fn legal(name: String) -> String {
    if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
        format!("_{name}")
    } else if SHADOWING.contains(&name.as_str()) {
        format!("{name}_")
    } else {
        name
    }
}

fn raw(name: String) -> String {
    if NEVER.contains(&name.as_str()) {
        format!("{name}_")
    } else if KEYWORDS.contains(&name.as_str()) {
        format!("r#{name}")
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::{field, module, pascal, variant, words};

    #[test]
    fn words_are_cut_at_capitals_and_digits_stay_with_what_they_follow() {
        assert_eq!(words("modelId"), ["model", "Id"]);
        assert_eq!(words("lunchTTL"), ["lunch", "TTL"]);
        assert_eq!(words("S3Shelf"), ["S3", "Shelf"]);
        assert_eq!(words("IPShelf"), ["IP", "Shelf"]);
        assert_eq!(words("LUNCH_BREAK"), ["LUNCH", "BREAK"]);
    }

    #[test]
    fn fields_are_snake_case_and_keywords_are_raw() {
        assert_eq!(field("modelId"), "model_id");
        assert_eq!(field("s3Uri"), "s3_uri");
        assert_eq!(field("type"), "r#type");
        assert_eq!(field("self"), "self_");
        assert_eq!(field("5m"), "_5m");
    }

    #[test]
    fn a_module_never_takes_the_name_of_a_special_file() {
        assert_eq!(module("Mod"), "mod_");
        assert_eq!(module("Type"), "r#type");
    }

    #[test]
    fn types_keep_the_spelling_of_the_model() {
        assert_eq!(pascal("s3Shelf"), "S3Shelf");
        assert_eq!(pascal("LunchTTL"), "LunchTTL");
        assert_eq!(pascal("Option"), "Option_");
    }

    #[test]
    fn enum_variants_are_pascal_case() {
        assert_eq!(variant("LUNCH_BREAK"), "LunchBreak");
        assert_eq!(variant("US_EAST_1"), "UsEast1");
        assert_eq!(variant("5M"), "_5M");
    }
}
